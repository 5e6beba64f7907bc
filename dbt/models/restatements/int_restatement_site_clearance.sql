-- Restated figures of site clearance: a report is of its day.
{{ keyed_restatement(
    'int_clearance_statement', 'fct_site_clearance',
    "project_code || '|' || unit_level || ':' || unit_code || '|' || cast(report_date as varchar)",
    ['project_code', 'unit_level', 'unit_code', 'report_date'],
    [
        'area_to_recover_ha', 'area_cleared_ha', 'households', 'households_inventoried', 'households_approved',
        'households_paid', 'households_resettled', 'budget_approved', 'budget_paid', 'project_name', 'difficulty'
    ],
    is_of_period=true
) }}
