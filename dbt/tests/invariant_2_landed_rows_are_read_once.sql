with landed as (

    select
        feed_id,
        batch_id,
        count(*) as rows_landed
    from (
        select
            feed_id,
            batch_id,
            source_sheet,
            source_row
        from {{ ref('stg_procedures') }}
        {%- for domain in keyed_domains() %}
            union all
            select distinct
                feed_id,
                batch_id,
                source_sheet,
                source_row
            from {{ ref('stg_' ~ domain) }}
        {%- endfor %}
    ) as row_of_file
    group by feed_id, batch_id

)

select
    landed.feed_id,
    landed.batch_id,
    landed.rows_landed,
    source_file.rows_accepted
from landed
left join {{ ref('source_file') }} as source_file
    on landed.feed_id = source_file.feed_id and landed.batch_id = source_file.batch_id
left join {{ ref('int_source_file') }} as file
    on landed.feed_id = file.feed_id and landed.batch_id = file.batch_id
where
    source_file.batch_id is null
    or source_file.state <> 'accepted'
    or landed.rows_landed
    <> source_file.rows_accepted
    + source_file.rows_duplicate
    + source_file.rows_quarantined
    - file.rows_quarantined
    + file.rows_read
    - source_file.rows_read  -- what a growing table said word for word in an earlier file
