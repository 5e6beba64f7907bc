-- Restated tasks: another deadline, another lead agency. That a task was done is progress.
{{ keyed_restatement(
    'int_directive_statement', 'fct_directive', "directive_no || '|' || task", ['directive_no', 'task'],
    ['issued_on', 'due_on', 'unit_code']
) }}
