{{ config(materialized='view') }}
-- One row per dossier: its latest live statement. The numbers that a dossier had before count as its newest one.
with latest as (

    select
        statement_id,
        stated_at
    from {{ ref('int_procedure_statement') }}
    where is_latest

),

final as (

    select
        coalesce(rekeyed.dossier_id, statement.dossier_id) as dossier_id,
        case when rekeyed.dossier_id <> statement.dossier_id then statement.dossier_id end as stated_dossier_id,
        case
            when rekeyed.dossier_id is null then statement.origin_dossier_id
            else rekeyed.origin_dossier_id
        end as origin_dossier_id,
        statement.area,
        case
            when rekeyed.dossier_id is null then {{ kept_unit('unit_code', 'statement') }}
            else rekeyed.unit_code
        end as unit_code,
        case
            when rekeyed.dossier_id is null then {{ kept_unit('unit_level', 'statement') }}
            else rekeyed.unit_level
        end as unit_level,
        case
            when rekeyed.dossier_id is null then {{ kept_unit('commune_code', 'statement') }}
            else rekeyed.commune_code
        end as commune_code,
        case
            when rekeyed.dossier_id is null then {{ kept_unit('former_province_code', 'statement') }}
            else rekeyed.former_province_code
        end as former_province_code,
        case
            when rekeyed.dossier_id is null then {{ kept_unit('attribution', 'statement') }}
            else rekeyed.attribution
        end as attribution,
        statement.procedure_code,
        statement.channel,
        statement.status_code,
        coalesce(rekeyed.received_at, statement.received_at) as received_at,
        statement.due_at,
        statement.finished_at,
        statement.returned_at,
        statement.is_result_digitised,
        latest.stated_at,
        statement.batch_id,
        statement.source_sheet,
        statement.source_row
    from {{ ref('int_procedure_row') }} as statement
    inner join latest on statement.statement_id = latest.statement_id
    left join {{ ref('int_dossier_carried') }} as carried on statement.statement_id = carried.statement_id
    left join {{ ref('int_dossier_key') }} as rekeyed
        on statement.dossier_id = rekeyed.stated_dossier_id
    where rekeyed.is_state is null or rekeyed.is_state

)

select * from final
