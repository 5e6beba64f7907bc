{#-
    At the head of a model: readers get it. It stands in the published file, in schema `marts`, under the columns and
    comments of its contract. `alias`: its name there, where a seed bears that name.
-#}
{% macro published(alias=none) -%}
    {{ config(
        database='published',
        schema='marts',
        alias=alias,
        contract={'enforced': true},
        persist_docs={'relation': true, 'columns': true}
    ) }}
{%- endmacro %}
