-- What the smallest units of every domain owe and have reported, by the feed that they report through. Each domain's
-- model says of a unit and period: `owes` and `reports`, parts of 1; `is_unknown`, 1 where it never said anything;
-- `has_stale`, 1 where its newest figure is too old; `has_delivery`, 1 where something came that would hold its rows,
-- or nothing is asked of it, so that a unit without rows has 0 of the KPI; where it is 0 nobody knows.
with final as (
    {% for domain in var('kpi_domains') %}
        select
            '{{ domain }}' as domain,
            coverage.*,
            unit.former_province_code
        from {{ ref('int_coverage_' ~ domain) }} as coverage
        inner join {{ ref('int_kpi_unit') }} as unit
            on coverage.grain = unit.grain and coverage.unit_code = unit.unit_code
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from final
