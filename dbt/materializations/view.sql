{#- Like the table beside this: in fresh files a view is created under its own name, in one statement. -#}
{% materialization view, adapter='duckdb' %}

{%- set relation = this.incorporate(type='view') -%}
{% do drop_relation_if_exists(load_cached_relation(this)) %}
{% call statement('main') -%}
    {{ get_create_view_as_sql(relation, compiled_code) }}
{%- endcall %}
{% do adapter.commit() %}
{{ return({'relations': [relation]}) }}

{% endmaterialization %}
