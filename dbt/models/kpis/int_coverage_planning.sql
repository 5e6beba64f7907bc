-- The register of plans speaks for every commune at once: it came, or it did not.
with item as (

    select unit_code
    from {{ ref('int_kpi_unit') }}
    where grain = 'commune'

),

{{ register_coverage('planning') }}
