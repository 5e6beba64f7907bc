{{ published() }}

-- One row a dossier: its latest state at the end of day D and what the rules for procedures make of it.
{%- set is_met_by_due = "state = 'closed' and judged_on <= due_date" %}
with dossier as (

    select * from {{ ref('int_dossier_latest') }}

),

known as (

    -- What lies after D is not known yet: a dossier finished after D is open.
    select
        *,
        coalesce(coalesce(finished_at, returned_at) >= {{ after_as_of() }}, false) as is_finished_after_as_of,
        case when finished_at < {{ after_as_of() }} then finished_at end as known_finished_at,
        case when returned_at < {{ after_as_of() }} then returned_at end as known_returned_at,
        cast(due_at as date) as due_date
    from dossier

),

stated as (

    select
        *,
        {{ dossier_state('status_code', 'is_finished_after_as_of') }} as state,
        coalesce(known_finished_at, known_returned_at) as known_end_at
    from known

),

judged as (

    select
        *,
        case when state = 'closed' then known_end_at end as closed_at,
        {{ is_finished_before_received('received_at', 'known_end_at') }} as is_contradiction
    from stated

),

timed as (

    select
        judged.*,
        case
            when not judged.is_contradiction
                then closed_day.working_day_number - received_day.working_day_number
        end as working_days,
        case when judged.closed_at is not null then cast(judged.closed_at as date) else {{ as_of() }} end as judged_on,
        own_due_day.date as own_due_date,
        procedure_catalogue.is_land,
        procedure_catalogue.is_moved_to_commune
    from judged
    left join {{ ref('dim_date') }} as received_day on cast(judged.received_at as date) = received_day.date
    left join {{ ref('dim_date') }} as closed_day on cast(judged.closed_at as date) = closed_day.date
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on judged.procedure_code = procedure_catalogue.procedure_code
    -- Received after 17:00 or on a day off counts from the next working day, whose number is one more.
    left join {{ ref('dim_date') }} as own_due_day
        on
            own_due_day.is_working_day
            and received_day.working_day_number + procedure_catalogue.working_days
            + case
                when received_day.is_working_day and {{ second_of_day('judged.received_at') }} <= 17 * 3600 then 0
                else 1
            end = own_due_day.working_day_number

),

measured as (

    select
        *,
        closed_at is not null as is_resolved,
        -- NULL leaves a dossier out of both sides of the on-time rates.
        case
            when state = 'not_counted' or due_date is null or is_contradiction then null
            when state = 'closed' and closed_at is null then null
            when state = 'paused' or status_code = 7 and state = 'closed' then true
            else judged_on <= due_date
        end as is_on_time,
        state = 'open' and coalesce(due_date < {{ as_of() }}, false) as is_overdue,
        -- Overdue and open at the end of the cohort day, read from the latest state.
        state in ('open', 'closed')
        and {{ as_of() }} >= {{ backlog_cohort_date() }}
        and coalesce(due_date < {{ backlog_cohort_date() }}, false)
        and cast(received_at as date) <= {{ backlog_cohort_date() }}
        and (state = 'open' or coalesce(cast(closed_at as date) > {{ backlog_cohort_date() }}, false))
            as is_backlog_cohort,
        -- Due by D, and neither withdrawn nor closed without a day: each such dossier is settled on its due date.
        state <> 'not_counted'
        and coalesce(due_date <= {{ as_of() }}, false)
        and not is_contradiction
        and (state <> 'closed' or closed_at is not null and status_code <> 7) as is_due
    from timed

),

final as (

    select
        dossier_id,
        origin_dossier_id,
        area,
        unit_code,
        commune_code,
        former_province_code,
        attribution,
        procedure_code,
        channel,
        status_code,
        state,
        received_at,
        due_at,
        known_finished_at as finished_at,
        known_returned_at as returned_at,
        cast(own_due_date as timestamp) + interval '17' hour as own_due_at,
        is_resolved,
        is_on_time,
        is_overdue,
        case
            when due_date is null or state in ('paused', 'not_counted') then null
            when state = 'closed' and (closed_at is null or is_contradiction) then null
            else greatest({{ days_between('due_date', 'judged_on') }}, 0)
        end as days_overdue,
        working_days,
        batch_id,
        source_sheet,
        source_row,
        unit_level,
        stated_dossier_id,
        stated_at,
        is_result_digitised,
        closed_at,
        is_contradiction,
        state = 'closed' and closed_at is null as has_no_finish_date,
        is_backlog_cohort,
        {{ measure_flags('tthc_on_time', 'is_on_time is not null', 'is_on_time') }},
        {{ measure_flags('tthc_due_on_time', 'is_due', is_met_by_due) }},
        {{ measure_flags('tthc_land_on_time', 'is_due and is_land', is_met_by_due) }},
        {{ measure_flags('tthc_moved_on_time', 'is_due and is_moved_to_commune', is_met_by_due) }},
        {{ measure_flags('tthc_no_due', "state <> 'not_counted'", 'due_at is null') }},
        {{ measure_flags('tthc_online', "state <> 'not_counted'", "channel = 'truc_tuyen'") }},
        {{ measure_flags('tthc_resolved_on_time', 'is_on_time is not null and is_resolved', 'is_on_time') }},
        {{ measure_flags(
            'tthc_digitised', 'is_resolved and status_code in (9, 10) and is_result_digitised is not null',
            'is_result_digitised'
        ) }},
        {{ measure_amounts('tthc_working_days', 'working_days is not null', '1', 'working_days', 'integer') }},
        {{ measure_flags('tthc_backlog_overdue', "state = 'open'", 'is_overdue') }},
        {{ measure_flags('tthc_backlog_cleared', 'is_backlog_cohort', "state = 'closed'") }}
    from measured

)

select * from final
