{{ published() }}

-- How the backlog of dossiers came and went in the last 16 weeks, by who holds them. A dossier joins the backlog on the
-- day after its due date (or when it is received, when that is later) and leaves it on the day on which it is closed;
-- who is paused at D is in no week, as it is in no backlog at D.
with late as (

    select
        {{ holder_of('unit_level', 'unit_code') }} as holder,
        former_province_code,
        greatest({{ date_add_days('cast(due_at as date)', 1) }}, cast(received_at as date)) as joined_on,
        cast(closed_at as date) as left_on
    from {{ ref('fct_dossier') }}
    where
        state in ('open', 'closed')
        and not has_no_finish_date
        and cast(due_at as date) < coalesce(cast(closed_at as date), {{ as_of() }})

),

grouped as (

    select
        holder,
        former_province_code,
        {{ first_day_of('week', 'joined_on') }} as joined_week,
        {{ first_day_of('week', 'left_on') }} as left_week,
        count(*) as dossiers
    from late
    where joined_on < coalesce(left_on, {{ date_add_days(as_of(), 1) }})
    group by holder, former_province_code, joined_week, left_week

),

week as (

    select period_start as week from {{ ref('int_period') }}
    where domain = 'procedures' and period_kind = 'week'

),

final as (

    select
        week.week,
        grouped.holder,
        grouped.former_province_code,
        cast(sum(case when grouped.joined_week = week.week then grouped.dossiers else 0 end) as bigint)
            as became_overdue,
        cast(sum(case when grouped.left_week = week.week then grouped.dossiers else 0 end) as bigint) as cleared,
        cast(
            sum(
                case
                    when grouped.joined_week <= week.week and coalesce(grouped.left_week > week.week, true)
                        then grouped.dossiers
                    else 0
                end
            ) as bigint
        ) as stock
    from week
    cross join grouped
    group by week.week, grouped.holder, grouped.former_province_code

)

select * from final
