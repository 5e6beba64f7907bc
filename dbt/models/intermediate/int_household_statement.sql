-- Every landed statement about a household under a strand, with its flags.
{{ keyed_statement('stg_housing', ['household_id', 'strand']) }}
