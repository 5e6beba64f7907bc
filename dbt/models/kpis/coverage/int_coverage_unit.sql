-- What the smallest units of every domain owe and have reported, by the feed that they report through.
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
