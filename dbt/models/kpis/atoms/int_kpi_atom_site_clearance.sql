-- KPI atoms of site clearance at D: the latest report of each feed.
{{ stock_atoms(
    'site_clearance', 'fct_site_clearance', [('clearance_area', '', ''), ('clearance_paid', '', '')],
    told=['commune_code', 'former_province_code']
) }}
