-- KPI atoms of the housing programme at D.
{{ stock_atoms(
    'housing', 'fct_household', [
        ('housing_started', '', ''),
        ('housing_started', 'strand', 'strand'),
        ('housing_completed', '', ''),
        ('housing_completed', 'strand', 'strand'),
    ], told=['commune_code', 'former_province_code'],
    remaining={'housing_started': 'housing_started_remaining', 'housing_completed': 'housing_completed_remaining'}
) }}
