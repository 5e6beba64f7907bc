{{ published(alias='kpi_definition') }}

-- The definitions of all KPIs, as the seed states them. Of the acts that a definition rests on readers are shown those
-- in force at D.
with basis as (

    {{ acts_in_force('kpi_definition') }}

),

final as (

    select
        kpi_id,
        definition_no,
        domain,
        title_vi,
        title_en,
        formula_vi,
        unit,
        direction,
        amber_from,
        min_coverage,
        min_denominator,
        headline_period,
        is_headline,
        basis.acts_in_force as legal_basis,
        owner,
        valid_from,
        valid_to,
        period_kinds,
        grains,
        is_proposal,
        case
            {%- for date_column, kpi_ids in kpis_by_date_column().items() %}
                when kpi_id in ({{ quote_list(kpi_ids) }}) then '{{ date_column }}'
            {%- endfor %}
        end as date_column
    from {{ ref('kpi_definition') }} as definition
    left join basis on definition.legal_basis = basis.legal_basis

)

select * from final
