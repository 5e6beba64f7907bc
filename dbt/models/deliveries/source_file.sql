{{ published() }}

-- One row a file: what it was, what became of it, and where each of its rows went. Of a table that grows by its dates,
-- what an earlier file said word for word is not read again into the counts.
with procedures as (

    select
        sheet_number,
        {{ count_if('is_quarantined') }} as rows_quarantined,
        {{ count_if('is_duplicate') }} as rows_duplicate,
        {{ count_if('not is_quarantined and not is_duplicate') }} as rows_accepted
    from {{ ref('int_procedure_statement') }}
    group by sheet_number

),

source_row as (

    -- One row of a file that names several funds is several statements, and is counted once.
    {% for models in keyed_domains().values() %}
        select
            feed_id,
            batch_id,
            source_sheet,
            source_row,
            min(case when is_duplicate then 1 else 0 end) = 1 as is_duplicate,
            min(case when is_read_before then 1 else 0 end) = 1 as is_read_before,
            min(case when is_superseded then 1 else 0 end) = 1 as is_superseded
        from {{ ref(models.statement) }}
        group by feed_id, batch_id, source_sheet, source_row
        {{ "union all" if not loop.last }}
    {% endfor %}
),

landed as (

    select
        sheet.feed_id,
        sheet.batch_id,
        procedures.rows_quarantined,
        procedures.rows_duplicate,
        procedures.rows_accepted,
        0 as rows_read_before,
        0 as rows_living
    from procedures
    inner join {{ ref('int_source_sheet') }} as sheet on procedures.sheet_number = sheet.sheet_number

    union all

    select
        feed_id,
        batch_id,
        0 as rows_quarantined,
        {{ count_if('is_duplicate and not is_read_before') }} as rows_duplicate,
        {{ count_if('not is_duplicate') }} as rows_accepted,
        {{ count_if('is_read_before') }} as rows_read_before,
        {{ count_if('not is_superseded') }} as rows_living
    from source_row
    group by feed_id, batch_id

),

counted as (

    select
        feed_id,
        batch_id,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_accepted) as rows_accepted,
        sum(rows_read_before) as rows_read_before,
        sum(rows_living) as rows_living
    from landed
    group by feed_id, batch_id

),

final as (

    select
        file.feed_id,
        file.file,
        file.sha256,
        file.data_date,
        file.state,
        cast(coalesce(file.rows_read, 0) - coalesce(counted.rows_read_before, 0) as bigint) as rows_read,
        cast(coalesce(counted.rows_accepted, 0) as bigint) as rows_accepted,
        cast(coalesce(file.rows_quarantined, 0) + coalesce(counted.rows_quarantined, 0) as bigint) as rows_quarantined,
        cast(coalesce(counted.rows_duplicate, 0) as bigint) as rows_duplicate,
        cast(coalesce(file.rows_not_data, 0) as bigint) as rows_not_data,
        cast(coalesce(file.copies, 0) as integer) as copies,
        file.batch_id,
        file.area,
        file.domain,
        file.period_start,
        file.period_end,
        file.covers_from,
        file.covers_to,
        file.statement_no,
        file.received_at,
        file.is_superseded and coalesce(counted.rows_living, 0) = 0 as is_superseded,
        file.blocked_rule,
        file.blocked_message_vi,
        {{ period_name('feed.cadence', 'file.data_date') }} as period,
        commune.commune_code
    from {{ ref('int_source_file') }} as file
    inner join {{ ref('stg_feed') }} as feed on file.feed_id = feed.feed_id
    left join {{ ref('dim_commune') }} as commune on file.scope = commune.commune_code
    left join counted on file.feed_id = counted.feed_id and file.batch_id = counted.batch_id

)

select * from final
