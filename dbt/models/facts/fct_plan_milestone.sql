{{ published() }}

-- One row a milestone of a plan or an organisation decision, as last registered.
with live as (

    select
        *,
        case when milestone_done <= {{ as_of() }} then milestone_done end as known_done
    from {{ ref('int_plan_statement') }}
    where is_latest

),

judged as (

    select
        plan_no,
        title,
        kind,
        milestone,
        lead_agency,
        started_on,
        milestone_due,
        known_done as milestone_done,
        status,
        coalesce(milestone_due < {{ as_of() }} and known_done is null, false) as is_overdue,
        case
            when milestone_due is null then null
            when known_done is not null then known_done <= milestone_due
            when milestone_due < {{ as_of() }} then false
        end as is_on_time,
        area,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row
    from live

),

final as (

    select
        *,
        {{ measure_flags('plan_milestone', 'is_on_time is not null', 'is_on_time') }}
    from judged

)

select * from final
