-- The backlog is one number, whether it is told by unit, by holder or by week; and each week ends with what the week
-- before left, what became overdue and what was cleared.
with province as (

    select coalesce(sum(numerator), 0) as dossiers
    from {{ ref('kpi_value') }}
    where kpi_id = 'tthc_backlog_overdue' and grain = 'province' and dimension = ''

),

holder as (

    select coalesce(sum(dossiers), 0) as dossiers
    from {{ ref('backlog') }}

),

week as (

    select
        week,
        sum(became_overdue) as became_overdue,
        sum(cleared) as cleared,
        sum(stock) as stock,
        lag(sum(stock)) over (order by week asc) as stock_before,
        row_number() over (order by week desc) as newest_first
    from {{ ref('backlog_week') }}
    group by week

)

select
    'holder' as told_by,
    province.dossiers,
    holder.dossiers as dossiers_told
from province
cross join holder
where province.dossiers <> holder.dossiers

union all

select
    'week' as told_by,
    province.dossiers,
    coalesce(week.stock, 0) as dossiers_told
from province
left join week on week.newest_first = 1
where province.dossiers <> coalesce(week.stock, 0)

union all

select
    cast(week as varchar) as told_by,
    stock as dossiers,
    stock_before + became_overdue - cleared as dossiers_told
from week
where stock <> stock_before + became_overdue - cleared
