-- One unit in one answer of the national portal. NULL is not 0: the portal has no figure for that unit.
with source as (

    select * from {{ source('landing', 'national_portal') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        content_hash,
        period_kind,
        period_start,
        period_end,
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
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
