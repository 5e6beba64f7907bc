-- Every unit that leads a task owes a report. One register speaks for all of them: either all have reported, or none.
with item as (

    select distinct coalesce({{ department_code('attribution', 'unit_code') }}, commune_code) as unit_code
    from {{ ref('fct_directive') }}

),

{{ register_coverage('directives') }}
