"""The same job done by scripts of other tools: raw files of the three areas' dossiers → facts and KPI values.

Each reads the files as the offices send them when nothing is wrong with them (`haicap simulate --mess none`), so it
does only what clean files need: no quarantine, no findings, no persons, no vault, no history, no gaps, no comments, no
tests, no outputs. That is to the peers' advantage: a ratio to them is what all the rest costs.
"""
