-- Restated figures of houses, under their running number. The progress of a house is one only in a list sent
-- again.
{{ keyed_restatement(
    'int_household_statement', 'fct_household', 'cast(household_key as varchar)', ['household_key'],
    ['support', 'kind', 'unit_code'],
    progress=['source_fund', 'started_on', 'completed_on', 'handed_over_on', 'status', 'difficulty']
) }}
