{#-
    Materialization `fresh_table`: creates a table under its own name, with its comments, in one statement. A build writes
    into files in which no table stands yet; dbt's own `table` builds beside, renames, drops, and asks for the columns
    again, which costs a quarter of a small build (docs/decisions/015). Hooks, grants and indexes are not used here.
-#}
{% materialization fresh_table, adapter='duckdb' %}

    {%- set relation = this.incorporate(type='table') -%}
    {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
    {%- call statement('main') -%}
        {{ create_table_as(false, relation, compiled_code) }};
        {{ comments_of(relation, model) }}
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [relation]}) }}

{% endmaterialization %}

{#- The comments of a table and its columns; the contract has seen to it that the columns are there. -#}
{% macro comments_of(relation, model) %}
    {% if config.persist_relation_docs() %}
        comment on table {{ relation }} is '{{ escape_single_quotes(model.description) }}';
        {% for name, column in model.columns.items() %}
            comment on column {{ relation }}.{{ adapter.quote(name) }} is '{{ escape_single_quotes(column.description) }}';
        {% endfor %}
    {% endif %}
{% endmacro %}
