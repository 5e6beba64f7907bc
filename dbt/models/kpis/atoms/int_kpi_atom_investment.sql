-- KPI atoms of public investment at D, commune by commune. A project without a commune counts in its former
-- province; a project over several funds lies where its best ranked row says.
{{ stock_atoms(
    'investment', 'fct_disbursement', [
        ('inv_rate_pm', '', ''),
        ('inv_rate_total', '', ''),
        ('inv_rate_total', 'fund_source', 'fund_source'),
        ('inv_zero_projects', '', ''),
    ], told=['commune_code', 'former_province_code'], counts=['inv_zero_projects']
) }}
