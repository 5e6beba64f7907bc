-- KPI atoms of the leaders' tasks at D, by lead agency.
{{ stock_atoms(
    'directives', 'fct_directive', [('directive_overdue', '', ''), ('directive_on_time', '', '')],
    told=['commune_code', 'unit_code', 'former_province_code'], counts=['directive_overdue']
) }}
