-- Restated milestones: another due date.
{{ keyed_restatement(
    'int_plan_statement', 'fct_plan_milestone', "plan_no || '|' || title || '|' || milestone",
    ['plan_no', 'title', 'milestone'], ['milestone_due', 'unit_code']
) }}
