-- Restated answers of the national portal: a period that is over, answered again. While it runs each answer goes on
-- from the one before.
{{ keyed_restatement(
    'int_portal_statement', 'fct_portal_score',
    "period_kind || '|' || cast(period_start as varchar) || '|' || unit_level || ':' || unit_code",
    ['feed_id', 'period_kind', 'period_start', 'unit_level', 'unit_code'], [],
    progress=[
        'total_received', 'total_on_time', 'total_overdue', 'avg_processing_days', 'ratio', 'score', 'max_score',
        'score_delta', 'portal_code', 'unit_name', 'level'
    ]
) }}
