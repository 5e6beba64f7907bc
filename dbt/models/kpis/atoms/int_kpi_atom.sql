{{ config(materialized='view') }}
-- The atoms of every domain. A new domain adds a model of this name and its line in the variable kpi_domains.
with final as (
    {% for domain in var('kpi_domains') %}
        select
            '{{ domain }}' as domain,
            atom.*
        from {{ ref('int_kpi_atom_' ~ domain) }} as atom
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from final
