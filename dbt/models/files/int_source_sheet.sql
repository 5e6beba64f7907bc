-- One row per sheet of a landed procedures file, numbered in the rank order of the files, in a file by the sheet's own
-- day, then by its place. Sheet number and row number together make one integer, which names a landed row and orders
-- all of them: by file rank, then sheet, then row.
with sheet as (

    select
        feed_id,
        batch_id,
        source_sheet,
        min(sheet_date) as sheet_date,
        min(sheet_no) as sheet_no
    from {{ ref('stg_procedures') }}
    group by feed_id, batch_id, source_sheet

),

final as (

    select
        sheet.feed_id,
        sheet.batch_id,
        sheet.source_sheet,
        file.file_rank,
        file.data_date,
        -- A month that runs speaks up to D.
        coalesce(least(sheet.sheet_date, file.data_date), file.data_date) as stated_on,
        file.is_superseded,
        cast(
            row_number() over (
                order by
                    file.file_rank asc,
                    sheet.sheet_date asc nulls first,
                    sheet.sheet_no asc nulls first,
                    sheet.source_sheet asc nulls first
            ) as bigint
        ) as sheet_number
    from sheet
    inner join {{ ref('int_source_file') }} as file
        on sheet.feed_id = file.feed_id and sheet.batch_id = file.batch_id

)

select * from final
