"""What a feed is, and what is rendered from it: data and their models, without Dagster, pandas or DuckDB.

Two files are here for another reason: rooms need them that must not know each other. `verdicts.py` holds the words
between landing and judge, `gap_kinds.py` those between the marts and whoever asks for some of their rows.
"""
