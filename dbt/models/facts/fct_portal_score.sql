{{ published() }}

-- One row a unit and period of the national portal's progress tree; the portal's own score, never overwritten by ours.
-- An answer that is null counts in no sum.
with final as (

    select
        period_kind,
        period_start,
        period_end,
        unit_code,
        unit_level,
        portal_code,
        unit_name,
        level,
        total_received,
        total_on_time,
        total_overdue,
        avg_processing_days,
        ratio,
        score,
        max_score,
        score_delta,
        area,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row,
        {{ measure_amounts(
            'portal_progress', 'total_received is not null and total_on_time is not null', 'total_received',
            'total_on_time', 'bigint'
        ) }}
    from {{ ref('int_portal_statement') }}
    where is_latest

)

select * from final
