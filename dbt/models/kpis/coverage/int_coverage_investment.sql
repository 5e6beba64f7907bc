-- Communes that owe a report of this domain at D: those with a project in the latest report of the plan year.
{{ stock_coverage('investment', 'fct_disbursement', 'is_current') }}
