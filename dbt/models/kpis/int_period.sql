-- Periods that a KPI of a domain may have at D: the last 16 ISO weeks; every month, quarter and year since the domain's
-- feeds are expected, the running one included; and the year to date. Periods begin and end as in the calendar, except
-- that the year to date ends at D.
with domain as (

    select
        name.domain,
        coalesce(min(feed.expected_from), cast('{{ var("history_start") }}' as date)) as first_date
    from (
        {%- for domain in var('kpi_domains') %}
            select '{{ domain }}' as domain {{ "union all" if not loop.last }}
        {%- endfor %}
    ) as name
    left join {{ ref('stg_feed') }} as feed on name.domain = feed.domain
    group by name.domain

),

day as (

    select date from {{ ref('dim_date') }}
    where date <= {{ as_of() }}

),

week as (

    select distinct
        domain.domain,
        'week' as period_kind,
        {{ first_day_of('week', 'day.date') }} as period_start,
        {{ last_day_of('week', 'day.date') }} as period_end
    from domain
    cross join day
    where
        {{ first_day_of('week', 'day.date') }}
        > {{ date_add_days(first_day_of('week', as_of()), -16 * 7) }}
        and {{ last_day_of('week', 'day.date') }} >= domain.first_date

),

longer as (
    {% for part in ['month', 'quarter', 'year'] %}
        select distinct
            domain.domain,
            '{{ part }}' as period_kind,
            {{ first_day_of(part, 'day.date') }} as period_start,
            {{ last_day_of(part, 'day.date') }} as period_end
        from domain
        cross join day
        where day.date >= domain.first_date
        {{ "union all" if not loop.last }}
    {% endfor %}
),

to_date as (

    select
        domain,
        'to_date' as period_kind,
        -- Money is that of the plan year that is paid at D.
        case
            when domain = 'investment' then cast(cast({{ plan_year() }} as varchar) || '-01-01' as date)
            else {{ first_day_of('year', as_of()) }}
        end as period_start,
        {{ as_of() }} as period_end
    from domain

),

final as (

    select
        *,
        least(period_end, {{ as_of() }}) as data_end,
        {{ first_day_of('month', date_add_days(first_day_of('month', 'period_start'), -1)) }} as month_before_start,
        period_end > {{ as_of() }} as is_running
    from (
        select * from week
        union all
        select * from longer
        union all
        select * from to_date
    ) as period

)

select * from final
