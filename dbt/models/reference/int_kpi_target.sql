-- The target of each KPI at D for every unit, and apart for each member that has one of its own: the row in force, else
-- the next to come, whose target is NULL until its first day. A row that names the unit goes before one that names the
-- grain, and that before one for all.
with stated as (

    select
        *,
        row_number() over (
            partition by kpi_id, grain, unit_code, dimension, member order by valid_from asc nulls first
        ) as oldest_first
    from {{ ref('mart_kpi_target') }}
    where {{ as_of() }} <= coalesce(valid_to, {{ as_of() }})

),

point as (

    select
        kpi_id,
        grain,
        unit_code,
        dimension,
        member,
        valid_from,
        cast(split_part(point, ':', 1) as date) as day,
        cast(split_part(point, ':', 2) as double) as target
    from (
        select
            *,
            {{ split_rows('points', '|') }} as point
        from stated
        where oldest_first = 1
    ) as named

),

path as (

    select
        *,
        lead(day) over (partition by kpi_id, grain, unit_code, dimension, member order by day asc) as next_day,
        lead(target) over (partition by kpi_id, grain, unit_code, dimension, member order by day asc) as next_target
    from point

),

at_day as (

    -- Straight between two points, flat after the last one.
    select
        *,
        case
            when {{ as_of() }} < valid_from then null
            when next_day is null then target
            else
                target + (next_target - target) * {{ days_between('day', as_of()) }}
                / {{ days_between('day', 'next_day') }}
        end as target_at_day
    from path
    where
        {{ as_of() }} >= day and {{ as_of() }} < coalesce(next_day, {{ date_add_days(as_of(), 1) }})
        or {{ as_of() }} < valid_from and next_day is null

),

fitting as (

    select
        at_day.kpi_id,
        unit.grain,
        unit.unit_code,
        at_day.dimension,
        at_day.member,
        at_day.valid_from as first_day,
        at_day.target_at_day as target,
        row_number() over (
            partition by at_day.kpi_id, unit.grain, unit.unit_code, at_day.dimension, at_day.member
            order by at_day.unit_code desc, at_day.grain desc
        ) as closest_first
    from at_day
    inner join {{ ref('int_kpi_unit') }} as unit
        on at_day.grain in ('', unit.grain) and at_day.unit_code in ('', unit.unit_code)

),

final as (

    select
        kpi_id,
        grain,
        unit_code,
        dimension,
        member,
        first_day,
        target
    from fitting
    where closest_first = 1

)

select * from final
