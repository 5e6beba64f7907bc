with cell as (

    select
        value.kpi_id,
        value.period_kind,
        value.period_start,
        value.dimension,
        value.member,
        value.grain,
        value.unit_code,
        coalesce(value.numerator, 0) as numerator,
        coalesce(value.denominator, 0) as denominator,
        commune.former_province_code
    from {{ ref('kpi_value') }} as value
    inner join {{ ref('mart_kpi_definition') }} as definition
        on value.kpi_id = definition.kpi_id and value.definition_no = definition.definition_no
    left join {{ ref('dim_commune') }} as commune
        on value.grain = 'commune' and value.unit_code = commune.commune_code
    -- Projects for the whole province and official plans have a test of their own.
    -- Tasks and plans have no place in every grain.
    where definition.domain not in ('investment', 'directives', 'planning')

),

province as (

    select
        kpi_id,
        period_kind,
        period_start,
        dimension,
        member,
        sum(case when grain = 'province' then numerator else 0 end)
        - sum(case when grain in ('former_province', 'department') then numerator else 0 end) as numerator_difference,
        sum(case when grain = 'province' then denominator else 0 end)
        - sum(case when grain in ('former_province', 'department') then denominator else 0 end)
            as denominator_difference
    from cell
    group by kpi_id, period_kind, period_start, dimension, member

),

former_province as (

    select
        kpi_id,
        period_kind,
        period_start,
        dimension,
        member,
        coalesce(former_province_code, unit_code) as former_province_code,
        sum(case when grain = 'former_province' then numerator else -numerator end) as numerator_rest,
        sum(case when grain = 'former_province' then denominator else -denominator end) as denominator_rest
    from cell
    where grain in ('commune', 'former_province')
    group by
        kpi_id, period_kind, period_start, dimension, member, coalesce(former_province_code, unit_code)

)

select
    kpi_id,
    period_kind,
    period_start,
    dimension,
    member,
    'province' as place,
    numerator_difference as numerator_off,
    denominator_difference as denominator_off
from province
where abs(numerator_difference) > 1e-6 or abs(denominator_difference) > 1e-6

union all

select
    kpi_id,
    period_kind,
    period_start,
    dimension,
    member,
    former_province_code as place,
    numerator_rest as numerator_off,
    denominator_rest as denominator_off
from former_province
where numerator_rest < -1e-6 or denominator_rest < -1e-6
