with expected as (

    select
        'dim_commune' as what,
        (select count(*) from {{ ref('commune') }}) as rows_expected,
        (select count(*) from {{ ref('dim_commune') }}) as rows_found
    union all
    select
        'dim_former_commune' as what,
        (select count(*) from {{ ref('former_commune') }}) as rows_expected,
        (select count(*) from {{ ref('dim_former_commune') }}) as rows_found
    union all
    select
        'former districts' as what,
        (select count(*) from {{ ref('former_district') }}) as rows_expected,
        (select {{ count_if("level = 'former_district'") }} from {{ ref('dim_unit') }}) as rows_found
    union all
    select
        'bridge_commune' as what,
        (select count(*) from {{ ref('bridge_commune') }}) as rows_expected,
        (select count(*) from {{ ref('mart_bridge_commune') }}) as rows_found
    union all
    select
        'divided communes' as what,
        (select count(distinct case when is_split then former_code end) from {{ ref('bridge_commune') }})
            as rows_expected,
        (select count(distinct case when is_split then former_code end) from {{ ref('mart_bridge_commune') }})
            as rows_found
    union all
    select
        value.kpi_id || ' ' || value.period_kind || ' ' || cast(value.period_start as varchar) as what,
        (select count(*) from {{ ref('commune') }}) as rows_expected,
        count(*) as rows_found
    from {{ ref('kpi_value') }} as value
    where value.grain = 'commune' and value.dimension = ''
    group by value.kpi_id, value.period_kind, value.period_start

)

select * from expected
where rows_found <> rows_expected
