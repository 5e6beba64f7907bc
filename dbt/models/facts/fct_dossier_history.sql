{{ published() }}

-- Each accepted change of a dossier: every statement that does not repeat the one before it, up to D.
with statement as (

    select
        statement_id,
        stated_at,
        previous_status_code,
        is_due_moved,
        is_superseded
    from {{ ref('int_procedure_statement') }}
    where not is_quarantined and not is_duplicate and not is_after_as_of

),

final as (

    select
        coalesce(rekeyed.dossier_id, row_of_file.dossier_id) as dossier_id,
        statement.stated_at,
        row_of_file.area,
        row_of_file.status_code,
        {{ dossier_state('row_of_file.status_code', 'false') }} as state,
        row_of_file.received_at,
        row_of_file.due_at,
        row_of_file.finished_at,
        row_of_file.returned_at,
        row_of_file.unit_code,
        row_of_file.unit_level,
        case when rekeyed.dossier_id <> row_of_file.dossier_id then row_of_file.dossier_id end as stated_dossier_id,
        coalesce(
            {{ status_stage('row_of_file.status_code') }} < {{ status_stage('statement.previous_status_code') }}, false
        ) as is_backwards,
        statement.is_due_moved,
        statement.is_superseded,
        row_of_file.batch_id,
        row_of_file.source_sheet,
        row_of_file.source_row
    from {{ ref('int_procedure_row') }} as row_of_file
    inner join statement on row_of_file.statement_id = statement.statement_id
    left join {{ ref('int_dossier_key') }} as rekeyed on row_of_file.dossier_id = rekeyed.stated_dossier_id

)

select * from final
