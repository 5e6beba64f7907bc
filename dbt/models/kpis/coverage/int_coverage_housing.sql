-- Communes that owe a register of houses at D: those with households, and all of an area whose communes send a workbook
-- each.
{{ stock_coverage('housing', 'fct_household') }}
