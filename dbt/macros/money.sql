{#- Rules of public investment and land that more than one model needs. -#}

{#-
    Plan year whose payments count at D: a year's plan may be paid until 31 January of the next (Luật 58/2024,
    điều 72).
-#}
{% macro plan_year() -%}
    cast(
        case
            when extract(month from {{ as_of() }}) = 1 then extract(year from {{ as_of() }}) - 1
            else extract(year from {{ as_of() }})
        end as integer
    )
{%- endmacro %}

{#- Statuses of a lot: not yet offered; and sold. -#}
{% macro is_lot_offered(status) -%}
    ({{ status }} <> 'chua_dau_gia')
{%- endmacro %}

{% macro is_lot_sold(status) -%}
    ({{ status }} in ('dau_gia_thanh', 'da_nop_du', 'da_giao_dat'))
{%- endmacro %}

{#- What the band of a deposit asks of a lot's use: whether it is land for houses (ODT in towns, ONT elsewhere). -#}
{% macro land_use_kind(land_use) -%}
    case when {{ land_use }} in ('ODT', 'ONT') then 'residential' else 'other' end
{%- endmacro %}

{#- Where a lot or a parcel lies, as a part of its key: the new commune, else the unit that is known. -#}
{% macro place_key(commune_code, unit_level, unit_code) -%}
    coalesce({{ commune_code }}, {{ unit_level }} || ':' || {{ unit_code }}, '-')
{%- endmacro %}
