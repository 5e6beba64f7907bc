-- Sums of the dossiers' measure flags by segment: the days that share an ISO week and a month, so that a segment lies
-- whole in or out of every week, month, quarter and year. `basis` names the date that puts a dossier into the segment.
with dossier as (

    select
        dossier.*,
        {{ department_code('dossier.attribution', 'dossier.unit_code') }} as department_code,
        procedure_catalogue.sector,
        -- Closed, or due before D: what is paused past its due date may still go either way.
        case when dossier.tthc_on_time_counted = 1 and (dossier.state = 'closed' or dossier.is_overdue) then 1 else 0 end
            as is_decided,
        {% for kpi_id in kpis_by_date_column()['due_at'] %}
            case when dossier.{{ kpi_id }}_counted = 1 and dossier.state = 'paused' then 1 else 0 end
                as {{ kpi_id }}_paused{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('fct_dossier') }} as dossier
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on dossier.procedure_code = procedure_catalogue.procedure_code
    where dossier.state <> 'not_counted'

),

{#- basis → the rows that it asks of -#}
{%- set bases = {
    'received_at': 'received_at is not null',
    'due_at': 'tthc_due_on_time_counted = 1',
    'closed_at': 'closed_at is not null',
} %}
{%- set columns = [('received_at', 'is_decided')] %}
{%- for date_column in bases %}
    {%- for kpi_id in kpis_by_date_column()[date_column] %}
        {%- do columns.extend([(date_column, kpi_id ~ '_counted'), (date_column, kpi_id ~ '_met')]) %}
        {%- if date_column == 'due_at' %}
            {%- do columns.append((date_column, kpi_id ~ '_paused')) %}
        {%- endif %}
    {%- endfor %}
{%- endfor %}

final as (
    {% for basis, condition in bases.items() %}
        select
            '{{ basis }}' as basis,
            greatest({{ first_day_of('week', basis) }}, {{ first_day_of('month', basis) }}) as segment_start,
            commune_code,
            department_code,
            former_province_code,
            sector,
            {% for date_column, column in columns %}
                {{ "sum(" ~ column ~ ")" if date_column == basis else "null" }} as {{ column }},
            {% endfor %}
            count(*) as handled
        from dossier
        where {{ condition }}
        group by segment_start, commune_code, department_code, former_province_code, sector
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from final
