-- One row per sheet of a landed procedures file, numbered in the rank order of the files. Sheet number and row number
-- together make one integer, which names a landed row and orders all of them: by file rank, then sheet, then row.
with sheet as (

    select distinct
        feed_id,
        batch_id,
        source_sheet
    from {{ ref('stg_procedures') }}

),

final as (

    select
        sheet.feed_id,
        sheet.batch_id,
        sheet.source_sheet,
        file.file_rank,
        file.data_date,
        file.is_superseded,
        cast(row_number() over (order by file.file_rank asc, sheet.source_sheet asc nulls first) as bigint)
            as sheet_number
    from sheet
    inner join {{ ref('int_source_file') }} as file
        on sheet.feed_id = file.feed_id and sheet.batch_id = file.batch_id

)

select * from final
