-- Every landed statement about a dossier, in rank order: which repeat the one before, which are refused here,
-- which belong to a replaced file, which lie after D, and which is the last live one of its dossier number.
-- Few columns, because the window over all statements is what costs; the others are joined from int_procedure_row by
-- statement_id.
with statement as (

    select
        statement_id,
        sheet_number,
        dossier_id,
        status_code,
        content_hash,
        is_superseded,
        cast(due_at as date) as due_on,
        coalesce(changed_at, {{ end_of_day('coalesce(stated_on, data_date)') }}) as stated_at,
        coalesce(cast(received_at as date) > data_date, false) as is_quarantined
    from {{ ref('int_procedure_row') }}

),

flagged as (

    select
        *,
        stated_at >= {{ after_as_of() }} as is_after_as_of,
        not is_quarantined and not is_superseded and stated_at < {{ after_as_of() }} as is_live
    from statement

),

compared as (

    select
        *,
        lead(content_hash) over newest_first as previous_content_hash,
        lead(status_code) over newest_first as previous_status_code,
        lead(due_on) over newest_first as previous_due_on,
        lag(statement_id) over newest_first as next_statement_id,
        sum(case when is_live then 1 else 0 end) over newest_first as live_number
    from flagged
    window newest_first as (
        partition by dossier_id, is_quarantined order by stated_at desc nulls last, statement_id desc
    )

),

final as (

    select
        statement_id,
        sheet_number,
        dossier_id,
        stated_at,
        is_quarantined,
        is_superseded,
        is_after_as_of,
        is_live,
        not is_quarantined and coalesce(content_hash = previous_content_hash, false) as is_duplicate,
        previous_content_hash is null and next_statement_id is null as is_single,
        case when not is_quarantined then cast(previous_status_code as integer) end as previous_status_code,
        -- Set to a later day after the day that was promised had passed.
        not is_quarantined
        and coalesce(previous_due_on < cast(stated_at as date) and previous_due_on < due_on, false) as is_due_moved,
        is_live and live_number = 1 as is_latest
    from compared

)

select * from final
