{{ published() }}

-- One row a task given by the leaders, as last registered: due at the end of the day that its words name. Without a
-- day it has no deadline, which is legal and never "on time".
with live as (

    select
        *,
        case when done_on <= {{ as_of() }} then done_on end as known_done_on
    from {{ ref('int_directive_statement') }}
    where is_latest and issued_on <= {{ as_of() }}

),

judged as (

    select
        directive_no,
        task,
        issued_on,
        signer,
        lead_agency,
        supporting,
        due_text,
        due_on,
        product,
        known_done_on as done_on,
        result_no,
        sector,
        known_done_on is not null as is_done,
        coalesce(due_on < {{ as_of() }} and known_done_on is null, false) as is_overdue,
        case
            when due_on is null then null
            when known_done_on is not null then known_done_on <= due_on
            when due_on < {{ as_of() }} then false
        end as is_on_time,
        case
            when known_done_on is null and due_on is not null then {{ days_between('due_on', as_of()) }}
        end as days_past_due,
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
        {{ measure_flags('directive_overdue', 'true', 'is_overdue') }},
        {{ measure_flags('directive_on_time', 'is_on_time is not null', 'is_on_time') }}
    from judged

)

select * from final
