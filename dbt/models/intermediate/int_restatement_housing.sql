-- Restated figures of houses; a house's progress is history. Households are named by their running number's source:
-- file and row, for their own number is not published.
{{ keyed_restatement(
    'int_household_statement', 'fct_household', "md5(household_id || '|' || strand)", ['household_id', 'strand'],
    ['support', 'kind', 'unit_code']
) }}
