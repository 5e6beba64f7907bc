-- Every landed statement about a milestone of a plan, with its flags.
{{ keyed_statement('stg_planning', ['plan_no', 'title', 'milestone']) }}
