{{ published() }}

-- Every KPI at every grain and in every period that it has meaning for, with a row for every unit, also where there is
-- nothing to count. A rate is a sum divided by a sum, never a mean of rates.
with definition as (

    select * from {{ ref('mart_kpi_definition') }}
    where
        {{ as_of() }} >= coalesce(valid_from, {{ as_of() }})
        and {{ as_of() }} <= coalesce(valid_to, {{ as_of() }})

),

atom as (

    -- Its `unit_code` is that of a department.
    select * from {{ ref('int_kpi_atom') }}

),

{%- set keys = "domain, kpi_id, period_kind, period_start, period_end, dimension, member" %}

rolled as (

    select
        {{ keys }},
        'commune' as grain,
        commune_code as unit_code,
        {{ exact_sum('numerator') }} as numerator,
        {{ exact_sum('denominator') }} as denominator
    from atom
    where commune_code is not null
    group by {{ keys }}, commune_code

    union all

    select
        {{ keys }},
        'department' as grain,
        unit_code,
        {{ exact_sum('numerator') }} as numerator,
        {{ exact_sum('denominator') }} as denominator
    from atom
    where unit_code is not null
    group by {{ keys }}, unit_code

    union all

    -- Rows of divided communes and of district offices have no commune and count here.
    select
        {{ keys }},
        'former_province' as grain,
        former_province_code as unit_code,
        {{ exact_sum('numerator') }} as numerator,
        {{ exact_sum('denominator') }} as denominator
    from atom
    where former_province_code is not null
    group by {{ keys }}, former_province_code

    union all

    select
        {{ keys }},
        'province' as grain,
        '{{ var("province_code") }}' as unit_code,
        {{ exact_sum('numerator') }} as numerator,
        {{ exact_sum('denominator') }} as denominator
    from atom
    group by {{ keys }}

),

spine as (

    select
        definition.domain,
        definition.kpi_id,
        period.period_kind,
        period.period_start,
        period.period_end,
        '' as dimension,
        '' as member,
        unit.grain,
        unit.unit_code
    from definition
    inner join {{ ref('int_period') }} as period
        on
            definition.domain = period.domain
            and '|' || definition.period_kinds || '|' like '%|' || period.period_kind || '|%'
    inner join {{ ref('int_kpi_unit') }} as unit
        on '|' || definition.grains || '|' like '%|' || unit.grain || '|%'
    where definition.dimension = ''

    union all

    -- Members of a dimension only where there is something to show.
    select
        domain,
        kpi_id,
        period_kind,
        period_start,
        period_end,
        dimension,
        member,
        grain,
        unit_code
    from rolled
    where dimension <> ''

),

measured as (

    select
        spine.*,
        general.unit,
        general.direction,
        general.min_coverage,
        coalesce(particular.target, general.target) as full_target,
        coalesce(particular.target_start, general.target_start) as target_start,
        coalesce(particular.target_deadline, general.target_deadline) as target_deadline,
        coalesce(particular.amber_from, general.amber_from) as amber_from,
        -- The last figure of a feed that has fallen silent stays in the sums, and makes them provisional.
        period.is_running or coalesce(coverage.has_stale, 0) = 1 as is_provisional,
        cast(coverage.coverage as double) as coverage,
        -- It is known beforehand which department has a centre. Who has dossiers, lots or tasks is known only from what
        -- was delivered.
        spine.domain = 'centre_readiness' and spine.grain = 'department' and coverage.units_owing = 0 as owes_nothing,
        {{ has_begun('spine.kpi_id') }} as has_begun,
        -- Nothing handled is 0; nothing delivered is unknown.
        case
            when {{ has_begun('spine.kpi_id') }}
                then coalesce(rolled.numerator, case when coverage.has_delivery = 1 then 0 end)
        end as numerator,
        case
            when {{ has_begun('spine.kpi_id') }} and general.unit <> 'count'
                then coalesce(
                    official.denominator, rolled.denominator, case when coverage.has_delivery = 1 then 0 end
                )
        end as denominator
    from spine
    inner join definition as general
        on spine.kpi_id = general.kpi_id and general.dimension = ''
    left join definition as particular
        on
            spine.kpi_id = particular.kpi_id
            and spine.dimension = particular.dimension
            and spine.member = particular.member
            and spine.dimension <> ''
    inner join {{ ref('int_period') }} as period
        on
            spine.domain = period.domain
            and spine.period_kind = period.period_kind
            and spine.period_start = period.period_start
    left join rolled
        on
            spine.kpi_id = rolled.kpi_id
            and spine.period_kind = rolled.period_kind
            and spine.period_start = rolled.period_start
            and spine.grain = rolled.grain
            and spine.unit_code = rolled.unit_code
            and spine.dimension = rolled.dimension
            and spine.member = rolled.member
    left join {{ ref('int_kpi_official') }} as official
        on
            spine.kpi_id = official.kpi_id
            and spine.period_kind = 'to_date'
            and spine.grain = official.grain
            and spine.unit_code = official.unit_code
            and spine.dimension = ''
    left join {{ ref('int_coverage') }} as coverage
        on
            spine.domain = coverage.domain
            and spine.period_kind = coverage.period_kind
            and spine.period_start = coverage.period_start
            and spine.grain = coverage.grain
            and spine.unit_code = coverage.unit_code

),

targeted as (

    -- A dated target runs linearly from its first day to its deadline, both counted; before it begins there is none.
    select
        *,
        case when unit = 'count' then numerator else numerator / nullif(denominator, 0) end as value,
        case
            when target_start is null then full_target
            when {{ as_of() }} < target_start then null
            else
                full_target * least(
                    1.0,
                    ({{ days_between('target_start', as_of()) }} + 1) * 1.0
                    / nullif({{ days_between('target_start', 'target_deadline') }} + 1, 0)
                )
        end as target
    from measured

),

limited as (

    select
        *,
        case
            when unit = 'percent' then coalesce(amber_from, target - 0.05)
            when unit = 'days' then coalesce(amber_from, target * 1.05)
            else coalesce(amber_from, target)
        end as amber
    from targeted

),

final as (

    select
        kpi_id,
        {{ as_of() }} as as_of,
        period_kind,
        period_start,
        period_end,
        grain,
        unit_code,
        dimension,
        member,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(value as double) as value,
        cast(target as double) as target,
        case
            when not has_begun then 'not_applicable'
            when numerator is null and owes_nothing then 'not_applicable'
            when numerator is null then 'insufficient'
            when unit <> 'count' and denominator = 0 then 'not_applicable'
            when coverage is null and numerator = 0 then 'not_applicable'
            when coverage < min_coverage then 'insufficient'
            when target is null then 'not_applicable'
            when direction = 'up' and value >= target - 1e-12 then 'met'
            when direction = 'up' and value >= amber - 1e-12 then 'at_risk'
            when direction = 'down' and value <= target + 1e-12 then 'met'
            when direction = 'down' and value <= amber + 1e-12 then 'at_risk'
            else 'missed'
        end as rating,
        coverage,
        is_provisional
    from limited

)

select * from final
