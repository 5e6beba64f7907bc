-- KPI atoms of the centres' readiness at D: the latest report of each centre. A figure that was not given is in neither
-- part; 168 hours are a week.
{%- set ratios = [
    ('centre_equipment', 'least(computers_have, computers_needed)', 'computers_needed', "''"),
    ('centre_equipment', 'least(printers_have, printers_needed)', 'printers_needed', "''"),
    ('centre_equipment', 'least(scanners_have, scanners_needed)', 'scanners_needed', "''"),
    ('centre_equipment', 'least(kiosks_have, kiosks_needed)', 'kiosks_needed', "''"),
    ('centre_equipment', 'least(queue_machines_have, queue_machines_needed)', 'queue_machines_needed', "''"),
    ('centre_signature', 'signatures_issued', 'signatures_needed', "''"),
    ('centre_account', 'accounts_active', 'accounts_needed', "''"),
    ('centre_trained', 'staff_trained', 'staff', "''"),
    ('centre_line', '168 - line_outage_hours', '168', "''"),
    ('centre_line', '168 - line_outage_hours', '168', 'line_carrier'),
] %}
with period as (

    select * from {{ ref('int_period') }}
    where domain = 'centre_readiness' and period_kind = 'to_date'

),

centre as (

    select * from {{ ref('fct_centre_readiness') }}
    where is_current

),

measure as (
    {% for kpi_id, numerator, denominator, member in ratios %}
        select
            '{{ kpi_id }}' as kpi_id,
            commune_code,
            {{ department_code('attribution', 'unit_code') }} as unit_code,
            former_province_code,
            '{{ "" if member == "''" else "carrier" }}' as dimension,
            {{ member }} as member,
            {{ numerator }} as numerator,
            {{ denominator }} as denominator
        from centre
        -- least() of DuckDB passes over a NULL: an unknown count is no full one.
        where ({{ numerator | replace('least(', '(') | replace(',', ' +') }}) is not null and {{ denominator }} is not null and {{ member }} is not null
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
        measure.unit_code,
        measure.former_province_code,
        measure.dimension,
        measure.member,
        cast(sum(measure.numerator) as double) as numerator,
        cast(sum(measure.denominator) as double) as denominator
    from measure
    cross join period
    group by
        measure.kpi_id, period.period_kind, period.period_start, period.period_end, measure.commune_code,
        measure.unit_code, measure.former_province_code, measure.dimension, measure.member

)

select * from final
