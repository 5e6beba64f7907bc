-- The register of plans speaks for every commune at once: it came, or it did not.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'planning' and period_kind = 'to_date'

),

feed as (

    select
        case when files_accepted > 0 then 1 else 0 end as has_delivery,
        case when is_stale then 1 else 0 end as is_stale
    from {{ ref('feed_status') }}
    where domain = 'planning'

),

item as (

    select unit_code
    from {{ ref('int_kpi_unit') }}
    where grain = 'commune'

),

final as (

    select
        period.period_kind,
        period.period_start,
        unit.grain,
        unit.unit_code,
        case when item.unit_code is not null then 1 else 0 end as owes,
        case when item.unit_code is not null then feed.has_delivery * (1 - feed.is_stale) else 0 end as reports,
        feed.has_delivery,
        feed.has_delivery * feed.is_stale as has_stale
    from period
    cross join feed
    inner join {{ ref('int_kpi_unit') }} as unit on unit.grain in ('commune', 'department')
    left join item on unit.unit_code = item.unit_code

)

select * from final
