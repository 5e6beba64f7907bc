-- Coverage by grain: of the units that owe, how many reported the whole period.
with unit_coverage as (
    {% for domain in var('kpi_domains') %}
        select
            '{{ domain }}' as domain,
            coverage.*
        from {{ ref('int_coverage_' ~ domain) }} as coverage
        {{ "union all" if not loop.last }}
    {% endfor %}
),

placed as (

    select
        unit_coverage.*,
        unit.former_province_code
    from unit_coverage
    inner join {{ ref('int_kpi_unit') }} as unit
        on unit_coverage.grain = unit.grain and unit_coverage.unit_code = unit.unit_code

),

final as (

    select
        domain,
        period_kind,
        period_start,
        grain,
        unit_code,
        owes as units_owing,
        reports as units_reporting,
        has_delivery,
        has_stale
    from placed

    union all

    select
        domain,
        period_kind,
        period_start,
        'former_province' as grain,
        former_province_code as unit_code,
        sum(owes) as units_owing,
        sum(reports) as units_reporting,
        max(has_delivery) as has_delivery,
        max(has_stale) as has_stale
    from placed
    where former_province_code is not null
    group by domain, period_kind, period_start, former_province_code

    union all

    select
        domain,
        period_kind,
        period_start,
        'province' as grain,
        '{{ var("province_code") }}' as unit_code,
        sum(owes) as units_owing,
        sum(reports) as units_reporting,
        max(has_delivery) as has_delivery,
        max(has_stale) as has_stale
    from placed
    group by domain, period_kind, period_start

)

select
    *,
    units_reporting * 1.0 / nullif(units_owing, 0) as coverage
from final
