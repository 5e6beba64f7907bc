-- KPI atoms of the centres' readiness at D.
{{ stock_atoms(
    'centre_readiness', 'fct_centre_readiness', [
        ('centre_equipment', '', ''),
        ('centre_signature', '', ''),
        ('centre_account', '', ''),
        ('centre_trained', '', ''),
        ('centre_line', '', ''),
        ('centre_line', 'carrier', 'line_carrier'),
    ], told=['commune_code', 'unit_code', 'former_province_code']
) }}
