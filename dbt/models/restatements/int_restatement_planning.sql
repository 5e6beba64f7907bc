-- Restated milestones: another due date; in a register sent again, anything else too.
{{ keyed_restatement(
    'int_plan_statement', 'fct_plan_milestone', "plan_no || '|' || title || '|' || milestone",
    ['plan_no', 'title', 'milestone'], ['milestone_due', 'unit_code'],
    progress=['kind', 'lead_agency', 'started_on', 'milestone_done', 'status']
) }}
