{{ published() }}

-- One row a centre and report date: the latest live statement. `is_current` marks the latest of each centre at D.
-- A figure that was not given is in neither part of a KPI; devices beyond the need and trained people beyond the staff
-- of a centre fill no gap elsewhere, while signatures and accounts may be more than were needed; 168 hours are a week.
{%- set kinds = ['computers', 'printers', 'scanners', 'kiosks', 'queue_machines'] %}
{%- set of_staff = [
    ('centre_signature', 'signatures_needed', 'signatures_issued', 'signatures_issued'),
    ('centre_account', 'accounts_needed', 'accounts_active', 'accounts_active'),
    ('centre_trained', 'staff', 'staff_trained', 'least(staff_trained, staff)'),
] %}
with live as (

    select * from {{ ref('int_centre_statement') }}
    where is_latest and report_date <= {{ as_of() }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by {{ place_key('commune_code', 'unit_level', 'unit_code') }}
            order by
                report_date desc,
                file_rank desc,
                sheet_date desc nulls last,
                sheet_no desc nulls last,
                source_row desc
        ) = 1 as is_current
    from live

),

equipped as (

    select
        *,
        {%- for kind in kinds %}
            {{ "or " if not loop.first }}{{ kind }}_have is not null and {{ kind }}_needed is not null
        {%- endfor %} as has_equipment,
        {%- for kind in kinds %}
            {{ "+ " if not loop.first }}case when {{ kind }}_have is null then 0 else coalesce({{ kind }}_needed, 0) end
        {%- endfor %} as equipment_needed,
        {%- for kind in kinds %}
            {{ "+ " if not loop.first }}case
                when {{ kind }}_have is null or {{ kind }}_needed is null then 0
                else least({{ kind }}_have, {{ kind }}_needed)
            end
        {%- endfor %} as equipment_met
    from ranked

),

final as (

    select
        unit_code,
        unit_level,
        report_date,
        computers_needed,
        computers_have,
        printers_needed,
        printers_have,
        scanners_needed,
        scanners_have,
        kiosks_needed,
        kiosks_have,
        queue_machines_needed,
        queue_machines_have,
        cameras,
        line_carrier,
        line_mbps,
        line_outage_hours,
        staff,
        staff_trained,
        signatures_needed,
        signatures_issued,
        accounts_needed,
        accounts_active,
        note,
        is_current,
        area,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row,
        {{ measure_amounts(
            'centre_equipment', 'is_current and has_equipment', 'equipment_needed', 'equipment_met', 'bigint'
        ) }},
        {% for kpi_id, needed, told, done in of_staff %}
            {{ measure_amounts(
                kpi_id, 'is_current and ' ~ needed ~ ' is not null and ' ~ told ~ ' is not null', needed, done, 'bigint'
            ) }},
        {% endfor %}
        {{ measure_amounts(
            'centre_line', 'is_current and line_outage_hours is not null', '168', '168 - line_outage_hours', 'double'
        ) }}
    from equipped

)

select * from final
