-- Restated tasks: another day of issue, deadline or lead agency. That a task is now done is progress, and a
-- restatement only in a register sent again.
{{ keyed_restatement(
    'int_directive_statement', 'fct_directive', "directive_no || '|' || task", ['directive_no', 'task'],
    ['issued_on', 'due_on', 'unit_code'],
    progress=['signer', 'lead_agency', 'supporting', 'due_text', 'product', 'done_on', 'result_no', 'sector']
) }}
