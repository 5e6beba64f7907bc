{{ published(alias='kpi_definition') }}

-- The definitions of all KPIs, as the seed states them. Where it states no least coverage, four fifths of the units
-- that owe a report must have reported.
with final as (

    select
        kpi_id,
        domain,
        title_vi,
        title_en,
        formula_vi,
        unit,
        direction,
        target,
        target_start,
        target_deadline,
        amber_from,
        coalesce(min_coverage, 0.8) as min_coverage,
        headline_period,
        legal_basis,
        owner,
        coalesce(dimension, '') as dimension,
        coalesce(member, '') as member,
        valid_from,
        valid_to,
        period_kinds,
        grains,
        is_proposal,
        case
            {%- for date_column, kpi_ids in kpis_by_date_column().items() %}
                when
                    kpi_id in (
                        {% for kpi_id in kpi_ids %}
                            '{{ kpi_id }}'{{ "," if not loop.last }}
                        {% endfor %}
                    )
                    then '{{ date_column }}'
            {%- endfor %}
        end as date_column
    from {{ ref('kpi_definition') }}

)

select * from final
