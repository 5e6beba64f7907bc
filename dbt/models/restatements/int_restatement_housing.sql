-- Restated figures of houses, under their running number. The progress of a house is no restatement.
{{ keyed_restatement(
    'int_household_statement', 'fct_household', 'cast(household_key as varchar)', ['household_key'],
    ['support', 'kind', 'unit_code']
) }}
