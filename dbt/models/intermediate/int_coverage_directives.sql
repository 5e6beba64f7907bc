-- Units that lead a task of the register; the register is one, so that all of them report or none.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'directives' and period_kind = 'to_date'

),

feed as (

    select
        case when files_accepted > 0 then 1 else 0 end as has_delivery,
        case when is_stale then 1 else 0 end as is_stale
    from {{ ref('feed_status') }}
    where domain = 'directives'

),

item as (

    select distinct coalesce({{ department_code('attribution', 'unit_code') }}, commune_code) as unit_code
    from {{ ref('fct_directive') }}

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
