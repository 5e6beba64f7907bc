-- Restated figures of public investment: a report is of its day.
{{ keyed_restatement(
    'int_investment_statement', 'fct_disbursement',
    "project_code || '|' || fund_source || '|' || cast(plan_year as varchar) || '|' || cast(report_date as varchar)",
    ['project_code', 'fund_source', 'plan_year', 'report_date'],
    ['total_investment', 'plan_pm', 'plan_local', 'plan_carried', 'paid_completed', 'paid_advance', 'unit_code',
     'project_name', 'owner', 'project_group', 'difficulty'],
    is_of_period=true
) }}
