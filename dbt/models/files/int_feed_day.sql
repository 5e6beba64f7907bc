-- One row per feed and day that an accepted file delivers, up to D.
with final as (

    select distinct
        file.feed_id,
        file.domain,
        file.area,
        day.date
    from {{ ref('int_source_file') }} as file
    inner join {{ ref('dim_date') }} as day
        on day.date between file.covers_from and file.covers_to
    where file.state = 'accepted' and not file.is_superseded and day.date <= {{ as_of() }}

)

select * from final
