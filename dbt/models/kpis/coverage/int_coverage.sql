-- Coverage by grain: of the units that owe, how many reported. A unit whose reporting periods arrived in part counts in
-- part, so that a feed of every night weighs no more than one of every month. `units_unknown`: those that owe and never
-- said anything; `data_date`: the oldest among the newest days of the units.
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
        is_stock,
        period_kind,
        period_start,
        grain,
        unit_code,
        owes as units_owing,
        owes * reports as units_reporting,
        owes * is_unknown as units_unknown,
        has_delivery,
        has_stale,
        data_date
    from placed

    union all

    select
        domain,
        is_stock,
        period_kind,
        period_start,
        'former_province' as grain,
        former_province_code as unit_code,
        sum(owes) as units_owing,
        {{ exact_sum('owes * reports') }} as units_reporting,
        sum(owes * is_unknown) as units_unknown,
        max(has_delivery) as has_delivery,
        max(has_stale) as has_stale,
        min(case when owes = 1 then data_date end) as data_date
    from placed
    where former_province_code is not null
    group by domain, is_stock, period_kind, period_start, former_province_code

    union all

    select
        domain,
        is_stock,
        period_kind,
        period_start,
        'province' as grain,
        '{{ var("province_code") }}' as unit_code,
        sum(owes) as units_owing,
        {{ exact_sum('owes * reports') }} as units_reporting,
        sum(owes * is_unknown) as units_unknown,
        max(has_delivery) as has_delivery,
        max(has_stale) as has_stale,
        min(case when owes = 1 then data_date end) as data_date
    from placed
    group by domain, is_stock, period_kind, period_start

)

select
    *,
    units_reporting * 1.0 / nullif(units_owing, 0) as coverage
from final
