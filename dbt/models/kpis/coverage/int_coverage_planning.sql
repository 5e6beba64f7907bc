-- One register of plans speaks for all communes: either all have reported, or none.
with item as (

    select unit_code
    from {{ ref('int_kpi_unit') }}
    where grain = 'commune'

),

{{ register_coverage('planning') }}
