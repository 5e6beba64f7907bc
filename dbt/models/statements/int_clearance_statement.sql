-- Every landed statement about a project in a commune at a report date, with its flags.
{{ keyed_statement('stg_site_clearance', ['project_code', 'unit_level', 'unit_code', 'report_date']) }}
