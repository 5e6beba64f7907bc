-- Each total that accepted files state, beside the same total computed from their rows. The pages of a pull state one
-- total between them: it is held against the sum over its pages (identical pages are one file).
with stated as (

    select
        stated_total.feed_id,
        stated_total.area,
        stated_total.measure,
        stated_total.stated,
        stated_total.computed,
        stated_total.batch_id,
        feed.delivery = 'delta' and {{ folder_of('file.file') }} <> '' as is_page,
        file.file,
        stated_total.scope
    from {{ source('landing', 'stated_total') }} as stated_total
    inner join {{ ref('int_source_file') }} as file
        on stated_total.feed_id = file.feed_id and stated_total.batch_id = file.batch_id
    inner join {{ source('landing', 'feed') }} as feed on stated_total.feed_id = feed.feed_id

),

whole as (

    select
        feed_id,
        file,
        scope,
        stated,
        computed,
        measure,
        batch_id,
        area
    from stated
    where not is_page

    union all

    select
        feed_id,
        {{ folder_of('file') }} as file,
        'pull' as scope,
        max(stated) as stated,
        sum(computed) as computed,
        measure,
        min(batch_id) as batch_id,
        area
    from stated
    where is_page
    group by feed_id, {{ folder_of('file') }}, measure, area

),

final as (

    select
        feed_id,
        file,
        scope,
        stated,
        computed,
        stated - computed as difference,
        coalesce(abs(stated - computed) < 1e-6, false) as is_equal,
        measure,
        batch_id,
        area
    from whole

)

select * from final
