{#-
    Stands at the head of a model that readers get: the model is built in the published file, in schema `marts`, with
    the columns and comments of its contract. `alias`: its name there, when a seed has that name already.
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
