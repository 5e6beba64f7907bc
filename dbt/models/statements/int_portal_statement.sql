-- Every landed line of the portal's answers, in rank order, with the same flags as the statements about dossiers.
{{ keyed_statement('stg_national_portal', ['feed_id', 'period_kind', 'period_start', 'unit_level', 'unit_code']) }}
