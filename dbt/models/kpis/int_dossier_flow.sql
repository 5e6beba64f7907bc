-- Sums of the dossiers' measure flags by segment: the days that share an ISO week and a month, so that a segment lies
-- whole in or out of every week, month, quarter and year. `basis` names the date that puts a dossier into the segment.
-- Told besides, of the denominators: what is decided (closed, or due before D; what is paused past its due date may
-- still go either way), and what is paused.
with dossier as (

    select
        dossier.*,
        {{ department_code('dossier.attribution', 'dossier.unit_code') }} as department_code,
        procedure_catalogue.sector,
        case when dossier.state = 'closed' or dossier.is_overdue then dossier.tthc_on_time_counted else 0 end
            as tthc_on_time_decided,
        case when dossier.state = 'paused' then 1 else 0 end as is_paused
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
{#- basis, sum, name -#}
{%- set columns = [('received_at', 'tthc_on_time_decided', 'tthc_on_time_decided')] %}
{%- for basis in bases %}
    {%- for kpi_id in kpis_by_date_column()[basis] %}
        {%- do columns.append((basis, kpi_id ~ '_counted', kpi_id ~ '_counted')) %}
        {%- do columns.append((basis, kpi_id ~ '_met', kpi_id ~ '_met')) %}
        {%- if basis == 'due_at' %}
            {%- do columns.append((basis, kpi_id ~ '_counted * is_paused', kpi_id ~ '_paused')) %}
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
            {% for of_basis, measure, name in columns %}
                {{ "sum(" ~ measure ~ ")" if of_basis == basis else "null" }} as {{ name }},
            {% endfor %}
            count(*) as handled
        from dossier
        where {{ condition }}
        group by segment_start, commune_code, department_code, former_province_code, sector
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from final
