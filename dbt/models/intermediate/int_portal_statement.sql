-- Every landed line of the portal's answers, in rank order, with the same flags as the statements about dossiers.
with statement as (

    select
        statement.*,
        file.file_rank,
        file.data_date,
        file.is_superseded
    from {{ ref('stg_national_portal') }} as statement
    inner join {{ ref('int_source_file') }} as file
        on statement.feed_id = file.feed_id and statement.batch_id = file.batch_id

),

final as (

    select
        statement.*,
        coalesce(content_hash = lag(content_hash) over oldest_first, false) as is_duplicate,
        not is_superseded
        and row_number() over (
            partition by feed_id, period_kind, period_start, unit_level, unit_code, is_superseded
            order by file_rank desc, source_sheet desc nulls last, source_row desc nulls last
        ) = 1 as is_latest
    from statement
    window oldest_first as (
        partition by feed_id, period_kind, period_start, unit_level, unit_code
        order by file_rank asc, source_sheet asc nulls last, source_row asc nulls last
    )

)

select * from final
