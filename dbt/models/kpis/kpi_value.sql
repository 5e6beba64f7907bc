{{ published() }}

-- Every KPI at every grain and in every period that it has meaning for, with a row for every unit, also where there is
-- nothing to count. A rate is a sum divided by a sum, never a mean of rates.
{%- set keys = "domain, kpi_id, period_kind, period_start, period_end, dimension, member" %}
{%- set grains = {
    'commune': 'commune_code',
    'department': 'unit_code',
    'former_province': 'former_province_code',
    'province': none,
} %}
with stale_place as (

    select
        domain,
        grain,
        unit_code
    from {{ ref('int_coverage') }}
    where is_stock and has_stale = 1

),

atom as (

    -- Its `unit_code` is that of a department. What a unit last said stands apart too when it is stale. Rows of divided
    -- communes and of district offices have no commune; they are as old as the oldest figure of their former province.
    select
        atom.*,
        case when stale_place.domain is not null then atom.numerator end as stale_numerator,
        case when stale_place.domain is not null then atom.denominator end as stale_denominator
    from {{ ref('int_kpi_atom') }} as atom
    left join stale_place
        on
            atom.period_kind = 'to_date'
            and atom.kpi_id not in ({{ quote_list(kpis_by_date_column().values() | sum(start=[])) }})
            and atom.domain = stale_place.domain
            and case
                when atom.commune_code is not null then 'commune'
                when atom.unit_code is not null then 'department'
                when atom.former_province_code is not null then 'former_province'
                else 'province'
            end = stale_place.grain
            and coalesce(
                atom.commune_code, atom.unit_code, atom.former_province_code, '{{ var("province_code") }}'
            ) = stale_place.unit_code

),

rolled as (
    {% for grain, column in grains.items() %}
        select
            {{ keys }},
            '{{ grain }}' as grain,
            {{ column or "'" ~ var("province_code") ~ "'" }} as unit_code,
            {{ exact_sum('numerator') }} as numerator,
            {{ exact_sum('denominator') }} as denominator,
            {{ exact_sum('stale_numerator') }} as stale_numerator,
            {{ exact_sum('stale_denominator') }} as stale_denominator,
            sum(decided) as decided,
            sum(paused) as paused,
            sum(remaining) as remaining
        from atom
        {{ "where " ~ column ~ " is not null" if column }}
        group by {{ keys }}{{ ", " ~ column if column }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

definition as (

    -- A KPI past its last day stays, with its closing value, as long as something remains to do.
    select
        definition.*,
        definition.valid_to < {{ as_of() }} as is_closed
    from {{ ref('mart_kpi_definition') }} as definition
    where
        coalesce(definition.valid_from, {{ as_of() }}) <= {{ as_of() }}
        and (
            coalesce(definition.valid_to, {{ as_of() }}) >= {{ as_of() }}
            or definition.kpi_id in (
                select whole.kpi_id from rolled as whole
                where whole.grain = 'province' and whole.dimension = '' and whole.remaining > 0
            )
        )

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

    union all

    -- Members of a dimension only where there is something to show.
    select
        rolled.domain,
        rolled.kpi_id,
        rolled.period_kind,
        rolled.period_start,
        rolled.period_end,
        rolled.dimension,
        rolled.member,
        rolled.grain,
        rolled.unit_code
    from rolled
    inner join definition on rolled.kpi_id = definition.kpi_id
    where rolled.dimension <> ''

),

measured as (

    select
        spine.kpi_id,
        spine.period_kind,
        spine.period_start,
        spine.period_end,
        spine.grain,
        spine.unit_code,
        spine.dimension,
        spine.member,
        definition.definition_no,
        definition.unit,
        definition.direction,
        definition.min_coverage,
        definition.min_denominator,
        definition.amber_from,
        coalesce(particular.target, general.target) as target,
        coalesce(particular.first_day, general.first_day) > {{ as_of() }} as is_before_target,
        period.is_running,
        -- Before the day of its cohort the directive's backlog is unknown, not 0.
        spine.kpi_id = 'tthc_backlog_cleared' and {{ as_of() }} < {{ backlog_cohort_date() }} as has_no_cohort,
        -- The last figure of a feed that has fallen silent stays in the sums, and makes them provisional.
        coalesce(coverage.has_stale, 0) = 1 as has_stale,
        coverage.coverage,
        coalesce(coverage.units_unknown, 0) as units_unknown,
        coverage.data_date as oldest_data_date,
        -- It is known beforehand which department has a centre. Who has dossiers, lots or tasks is known only from what
        -- was delivered.
        spine.domain = 'centre_readiness' and spine.grain = 'department' and coverage.units_owing = 0 as owes_nothing,
        -- Nothing handled is 0; nothing delivered is unknown.
        coalesce(rolled.numerator, case when coverage.has_delivery = 1 then 0 end) as found_numerator,
        case
            when definition.unit <> 'count'
                then coalesce(
                    official.denominator, rolled.denominator, case when coverage.has_delivery = 1 then 0 end
                )
        end as found_denominator,
        coalesce(rolled.stale_numerator, 0) as stale_numerator,
        coalesce(rolled.stale_denominator, 0) as stale_denominator,
        rolled.decided,
        rolled.paused,
        case when definition.is_closed then rolled.remaining end as remaining
    from spine
    inner join definition on spine.kpi_id = definition.kpi_id
    left join {{ ref('int_kpi_target') }} as general
        on
            spine.kpi_id = general.kpi_id
            and spine.grain = general.grain
            and spine.unit_code = general.unit_code
            and general.dimension = ''
    left join {{ ref('int_kpi_target') }} as particular
        on
            spine.kpi_id = particular.kpi_id
            and spine.grain = particular.grain
            and spine.unit_code = particular.unit_code
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
            official.is_divisor
            and spine.kpi_id = official.kpi_id
            and spine.period_kind = 'to_date'
            and spine.grain = official.grain
            and spine.unit_code = official.unit_code
            and spine.dimension = ''
    left join {{ ref('int_coverage') }} as coverage
        on
            spine.domain = coverage.domain
            and (definition.date_column is null) = coverage.is_stock
            and spine.period_kind = coverage.period_kind
            and spine.period_start = coverage.period_start
            and spine.grain = coverage.grain
            and spine.unit_code = coverage.unit_code

),

known as (

    select
        *,
        case when not has_no_cohort then found_numerator end as numerator,
        case when not has_no_cohort then found_denominator end as denominator,
        coalesce(coverage, 1) >= 1 - 1e-9 as is_complete
    from measured

),

bounded as (

    -- What is missing may say anything from nothing to all of its own. A count has no upper bound then.
    select
        *,
        case when unit = 'count' then numerator else numerator / nullif(denominator, 0) end as value,
        case
            when unit = 'percent' then coalesce(amber_from, target - 0.05)
            when unit = 'days' then coalesce(amber_from, target * 1.05)
            else coalesce(amber_from, target)
        end as amber,
        case
            when unit = 'count' then coalesce(numerator - stale_numerator, 0)
            when kpi_id in ({{ quote_list(unbounded_kpis()) }}) then null
            when is_complete then numerator / nullif(denominator, 0)
            when kpi_id in ({{ quote_list(bounded_kpis()) }}) and units_unknown = 0
                then (numerator - stale_numerator) / nullif(denominator, 0)
        end as value_low,
        case
            when unit = 'count' then case when is_complete then numerator end
            when kpi_id in ({{ quote_list(unbounded_kpis()) }}) then null
            when is_complete then numerator / nullif(denominator, 0)
            when kpi_id in ({{ quote_list(bounded_kpis()) }}) and units_unknown = 0
                then (numerator - stale_numerator + stale_denominator) / nullif(denominator, 0)
        end as value_high,
        decided * 1.0 / nullif(denominator, 0) as decided_share
    from known

),

judged as (

    select
        *,
        {{ verdict('value') }} as verdict,
        -- A count that may still rise is settled when its least value is already beyond the target.
        case
            when unit = 'count' and value_high is null
                then {{ verdict('value_low') }} = case when direction = 'down' then 'missed' else 'met' end
            else {{ verdict('value_low') }} = {{ verdict('value_high') }}
        end as is_settled,
        grain in ('commune', 'department') and unit <> 'count' and denominator < min_denominator as is_too_few
    from bounded

),

rated as (

    select
        *,
        case
            when numerator is null and owes_nothing then 'not_applicable'
            when is_before_target then 'too_early'
            when target is null then 'not_applicable'
            when numerator is null then 'insufficient'
            -- That nothing was to be done is said only by who knows most of it.
            when unit <> 'count' and denominator = 0 and coalesce(coverage, 1) < min_coverage then 'insufficient'
            when unit <> 'count' and denominator = 0 then 'not_applicable'
            when coverage is null and numerator = 0 then 'not_applicable'
            when coverage < min_coverage and not coalesce(is_settled, false) then 'insufficient'
            when decided_share < {{ var('decided_from') }} then 'too_early'
            when is_too_few then 'too_few'
            else verdict
        end as rating
    from judged

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
        rating,
        coalesce(coverage < min_coverage, false) and rating in ('met', 'at_risk', 'missed') as is_certain,
        cast(value_low as double) as value_low,
        cast(value_high as double) as value_high,
        coverage,
        cast(decided_share as double) as decided_share,
        cast(paused as bigint) as paused,
        cast(remaining as bigint) as remaining,
        oldest_data_date,
        is_running or has_stale or coalesce(decided_share < {{ var('decided_from') }}, false) as is_provisional,
        definition_no
    from rated

)

select * from final
