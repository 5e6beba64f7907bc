-- KPI atoms of the national portal; the year's answer is the year to date.
with score as (

    select * from {{ ref('fct_portal_score') }}
    where portal_progress_counted is not null

),

answer as (

    select
        period_kind,
        period_start,
        period_end,
        commune_code,
        attribution,
        unit_code,
        former_province_code,
        portal_progress_met,
        portal_progress_counted
    from score

    union all

    select
        'to_date' as period_kind,
        period_start,
        {{ as_of() }} as period_end,
        commune_code,
        attribution,
        unit_code,
        former_province_code,
        portal_progress_met,
        portal_progress_counted
    from score
    where period_kind = 'year' and period_start = {{ first_day_of('year', as_of()) }}

),

final as (

    select
        'portal_progress' as kpi_id,
        answer.period_kind,
        answer.period_start,
        answer.period_end,
        answer.commune_code,
        {{ department_code('answer.attribution', 'answer.unit_code') }} as unit_code,
        answer.former_province_code,
        '' as dimension,
        '' as member,
        cast(sum(answer.portal_progress_met) as double) as numerator,
        cast(sum(answer.portal_progress_counted) as double) as denominator,
        cast(null as bigint) as decided,
        cast(null as bigint) as paused,
        cast(null as bigint) as remaining
    from answer
    inner join {{ ref('int_period') }} as period
        on
            period.domain = 'national_portal'
            and answer.period_kind = period.period_kind
            and answer.period_start = period.period_start
    group by
        answer.period_kind, answer.period_start, answer.period_end, answer.commune_code, answer.attribution,
        answer.unit_code, answer.former_province_code

)

select * from final
