-- KPI atoms of the housing programme at D: households less those withdrawn, a household under two strands once.
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'housing' and period_kind = 'to_date'

),

household as (

    select
        commune_code,
        former_province_code,
        strand,
        count(*) as households,
        {{ count_if('is_started') }} as started,
        {{ count_if('is_completed') }} as completed
    from {{ ref('fct_household') }}
    where is_counted and not is_withdrawn
    group by commune_code, former_province_code, strand

),

measure as (
    {% for kpi_id, numerator in [('housing_started', 'started'), ('housing_completed', 'completed')] %}
        {% for dimension in ['', 'strand'] %}
            select
                '{{ kpi_id }}' as kpi_id,
                commune_code,
                former_province_code,
                '{{ dimension }}' as dimension,
                {{ dimension or "''" }} as member,
                {{ numerator }} as numerator,
                households as denominator
            from household
            {{ "union all" if not loop.last }}
        {% endfor %}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

final as (

    select
        measure.kpi_id,
        period.period_kind,
        period.period_start,
        period.period_end,
        measure.commune_code,
        cast(null as varchar) as unit_code,
        measure.former_province_code,
        measure.dimension,
        measure.member,
        cast(sum(measure.numerator) as double) as numerator,
        cast(sum(measure.denominator) as double) as denominator
    from measure
    cross join period
    group by
        measure.kpi_id, period.period_kind, period.period_start, period.period_end, measure.commune_code,
        measure.former_province_code, measure.dimension, measure.member

)

select * from final
