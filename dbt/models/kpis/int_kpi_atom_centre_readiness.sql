-- KPI atoms of the centres' readiness at D: the latest report of each centre. A figure that was not given is in neither
-- part; 168 hours are a week.
{%- set ratios = [
    ('centre_signature', 'signatures_issued', 'signatures_needed', ''),
    ('centre_account', 'accounts_active', 'accounts_needed', ''),
    ('centre_trained', 'staff_trained', 'staff', ''),
    ('centre_line', '168 - line_outage_hours', '168', ''),
    ('centre_line', '168 - line_outage_hours', '168', 'line_carrier'),
] %}
{%- for kind in ['computers', 'printers', 'scanners', 'kiosks', 'queue_machines'] %}
    {%- do ratios.append(('centre_equipment', kind ~ '_have', kind ~ '_needed', '')) %}
{%- endfor %}
with centre as (

    select * from {{ ref('fct_centre_readiness') }}
    where is_current

),

measure as (
    -- What a centre has beyond its need fills no gap elsewhere.
    {% for kpi_id, above, below, member in ratios %}
        select
            '{{ kpi_id }}' as kpi_id,
            commune_code,
            {{ department_code('attribution', 'unit_code') }} as unit_code,
            former_province_code,
            '{{ "carrier" if member else "" }}' as dimension,
            {{ member or "''" }} as member,
            {{ "least(" ~ above ~ ", " ~ below ~ ")" if kpi_id == 'centre_equipment' else above }} as numerator,
            {{ below }} as denominator
        from centre
        where {{ above }} is not null and {{ below }} is not null {{ "and " ~ member ~ " is not null" if member }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

{{ stock_atoms('centre_readiness', ['commune_code', 'unit_code', 'former_province_code', 'dimension', 'member']) }}
