{#- Generic test: no two rows share the same values of `columns` (NULL equals NULL). -#}
{% test unique_combination(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as rows_of_key
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
