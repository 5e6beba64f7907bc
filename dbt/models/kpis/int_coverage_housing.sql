-- Communes that owe a register of houses at D: those with households, and all that send a workbook of their own.
{{ stock_coverage('housing', 'fct_household') }}
