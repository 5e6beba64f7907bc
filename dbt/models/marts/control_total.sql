-- Each total that an accepted file states, beside the same total computed from its rows.
with final as (

    select
        stated_total.feed_id,
        file.file,
        stated_total.scope,
        stated_total.stated,
        stated_total.computed,
        stated_total.stated - stated_total.computed as difference,
        coalesce(abs(stated_total.stated - stated_total.computed) < 1e-6, false) as is_equal,
        stated_total.measure,
        stated_total.batch_id,
        stated_total.area
    from {{ source('landing', 'stated_total') }} as stated_total
    inner join {{ ref('int_source_file') }} as file
        on stated_total.feed_id = file.feed_id and stated_total.batch_id = file.batch_id

)

select * from final
