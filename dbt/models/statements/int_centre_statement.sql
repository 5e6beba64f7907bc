-- Every landed statement about a centre at a report date, with its flags.
{{ keyed_statement('stg_centre_readiness', ['unit_level', 'unit_code', 'report_date']) }}
