with fact as (

    select
        'fct_dossier' as fact,
        area,
        batch_id,
        source_row
    from {{ ref('fct_dossier') }}

    {%- for models in keyed_domains().values() %}
        union all

        select
            '{{ models.fact }}' as fact,
            area,
            batch_id,
            source_row
        from {{ ref(models.fact) }}
    {%- endfor %}

)

select
    fact.fact,
    fact.area,
    fact.batch_id,
    fact.source_row
from fact
left join {{ ref('source_file') }} as source_file
    on
        fact.area is not distinct from source_file.area
        and fact.batch_id = source_file.batch_id
        and source_file.state = 'accepted'
        and not source_file.is_superseded
where source_file.batch_id is null or fact.source_row is null
