-- KPI atoms of the housing programme at D: households less those withdrawn, a household under two strands once.
with household as (

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

{{ stock_atoms('housing', ['commune_code', 'former_province_code', 'dimension', 'member']) }}
