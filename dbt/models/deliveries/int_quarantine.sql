{{ config(materialized='view') }}
-- Why rows were refused: at the landing, or here, because a dossier was received after the data date of its own file.
with final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        column_name,
        rule,
        value,
        commune_code,
        message_vi,
        remedy_vi
    from {{ ref('stg_quarantine') }}

    union all

    select
        refused.feed_id,
        refused.area,
        refused.batch_id,
        refused.source_sheet,
        refused.source_row,
        'received_at' as column_name,
        'after_data_date' as rule,
        cast(refused.received_at as varchar) as value,
        refused.commune_code,
        'Ngày tiếp nhận: sau ngày số liệu của chính tệp này (' || {{ vietnamese_date('refused.data_date') }} || ').'
            as message_vi,
        'Kiểm tra lại ngày, hoặc ngày số liệu của báo cáo.' as remedy_vi
    from {{ ref('int_procedure_row') }} as refused
    inner join {{ ref('int_procedure_statement') }} as statement on refused.statement_id = statement.statement_id
    where statement.is_quarantined

)

select * from final
