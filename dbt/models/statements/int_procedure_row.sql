{{ config(materialized='view') }}
-- Every landed statement about a dossier with its statement_id, by which statements are joined and ties are broken. The
-- number of the sheet stands in its upper bits, the number of the row in the lower 32.
with final as (

    select
        row_of_file.*,
        sheet.sheet_number,
        sheet.data_date,
        sheet.stated_on,
        sheet.is_superseded,
        sheet.sheet_number * 4294967296 + row_of_file.source_row as statement_id
    from {{ ref('stg_procedures') }} as row_of_file
    inner join {{ ref('int_source_sheet') }} as sheet
        on
            row_of_file.feed_id = sheet.feed_id
            and row_of_file.batch_id = sheet.batch_id
            and row_of_file.source_sheet is not distinct from sheet.source_sheet

)

select * from final
