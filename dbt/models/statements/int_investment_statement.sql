-- Every landed statement about a project, fund source and report date, with its flags.
{{ keyed_statement('stg_investment', ['project_code', 'fund_source', 'plan_year', 'report_date'], part='report_date') }}
