-- KPI atoms of public investment at D, commune by commune. A project for the whole province has no unit and counts in
-- the province alone.
with disbursement as (

    select * from {{ ref('fct_disbursement') }}
    where is_current

),

by_fund as (

    select
        commune_code,
        former_province_code,
        fund_source,
        sum(coalesce(paid, 0)) as paid,
        sum(coalesce(plan_pm, 0)) as plan_pm,
        sum(coalesce(plan_local, 0) + coalesce(plan_carried, 0)) as plan_total
    from disbursement
    group by commune_code, former_province_code, fund_source

),

ranked as (

    select
        *,
        row_number() over (
            partition by project_code
            order by
                report_date desc, feed_id asc, source_row asc, batch_id asc, source_sheet asc nulls first,
                fund_source asc
        ) as best_first
    from disbursement

),

project as (

    -- Over all funds; a project lies where its best ranked row says.
    select
        project_code,
        max(case when best_first = 1 then commune_code end) as commune_code,
        max(case when best_first = 1 then former_province_code end) as former_province_code,
        case
            when sum(coalesce(plan_local, 0) + coalesce(plan_carried, 0)) > 0 and sum(coalesce(paid, 0)) = 0 then 1
            else 0
        end as is_zero
    from ranked
    group by project_code

),

{%- set rates = [
    ('inv_rate_pm', 'plan_pm', ''),
    ('inv_rate_total', 'plan_total', ''),
    ('inv_rate_total', 'plan_total', 'fund_source'),
] %}

measure as (
    {% for kpi_id, denominator, dimension in rates %}
        select
            '{{ kpi_id }}' as kpi_id,
            commune_code,
            former_province_code,
            '{{ dimension }}' as dimension,
            {{ dimension or "''" }} as member,
            paid as numerator,
            {{ denominator }} as denominator
        from by_fund
        union all
    {% endfor %}
    select
        'inv_zero_projects' as kpi_id,
        commune_code,
        former_province_code,
        '' as dimension,
        '' as member,
        is_zero as numerator,
        null as denominator
    from project

),

{{ stock_atoms('investment', ['commune_code', 'former_province_code', 'dimension', 'member']) }}
