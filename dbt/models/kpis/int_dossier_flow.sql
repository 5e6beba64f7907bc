-- Sums of the dossiers' measure flags by segment: the days that share an ISO week and a month, so that a segment lies
-- whole in or out of every week, month, quarter and year. `basis` names the date that puts a dossier into the segment.
with dossier as (

    select
        dossier.*,
        {{ department_code('dossier.attribution', 'dossier.unit_code') }} as department_code,
        procedure_catalogue.sector
    from {{ ref('fct_dossier') }} as dossier
    left join {{ ref('dim_procedure') }} as procedure_catalogue
        on dossier.procedure_code = procedure_catalogue.procedure_code
    where dossier.state <> 'not_counted'

),

{%- set bases = ['received_at', 'closed_at'] %}
{%- set columns = [] %}
{%- for date_column in bases %}
    {%- for kpi_id in kpis_by_date_column()[date_column] %}
        {%- do columns.extend([(date_column, kpi_id ~ '_counted'), (date_column, kpi_id ~ '_met')]) %}
    {%- endfor %}
{%- endfor %}

final as (
    {% for basis in bases %}
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
        where {{ basis }} is not null
        group by segment_start, commune_code, department_code, former_province_code, sector
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from final
