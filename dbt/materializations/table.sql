{#-
    A build writes into fresh files, in which no table stands yet: a table is created under its own name, with its
    comments, in one statement. dbt's own way for DuckDB builds beside, renames, drops and asks for the columns again,
    which costs more than most of these models. Hooks, grants and indexes are not used.
-#}
{% materialization table, adapter='duckdb' %}

{%- set relation = this.incorporate(type='table') -%}
{% do drop_relation_if_exists(load_cached_relation(this)) %}
{% call statement('main') -%}
    {{ create_table_as(false, relation, compiled_code) }};
    {{ comments_of(relation, model) }}
{%- endcall %}
{% do adapter.commit() %}
{{ return({'relations': [relation]}) }}

{% endmaterialization %}

{#- The comments of a model and its columns; the contract has seen to it that the columns are there. -#}
{% macro comments_of(relation, model) -%}
    {%- if config.persist_relation_docs() -%}
        comment on table {{ relation }} is {{ duckdb_escape_comment(model.description) }};
        {%- for name, column in model.columns.items() %}
            comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(column.description) }};
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}
