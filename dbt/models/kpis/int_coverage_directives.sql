-- Units that lead a task of the register; the register is one, so that all of them report or none.
with item as (

    select distinct coalesce({{ department_code('attribution', 'unit_code') }}, commune_code) as unit_code
    from {{ ref('fct_directive') }}

),

{{ register_coverage('directives') }}
