-- Counted from the facts' dates and states, not from the KPI model nor from the measure flags, so that they cannot be
-- wrong in the same way: by the month of receipt what is on time, by the month of the due date what was finished by it.
with published as (

    select
        kpi_id,
        unit_code,
        period_start,
        numerator,
        denominator
    from {{ ref('kpi_value') }}
    where
        kpi_id in ('tthc_on_time', 'tthc_due_on_time')
        and period_kind = 'month'
        and grain = 'former_province'
        and dimension = ''

),

received as (

    select
        former_province_code as unit_code,
        {{ first_day_of('month', 'received_at') }} as period_start,
        {{ count_if('is_on_time') }} as numerator,
        count(*) as denominator
    from {{ ref('fct_dossier') }}
    where is_on_time is not null and former_province_code is not null
    group by former_province_code, {{ first_day_of('month', 'received_at') }}

),

due as (

    -- Open or paused at D, or closed on a known day and not withdrawn.
    select
        former_province_code as unit_code,
        {{ first_day_of('month', 'due_at') }} as period_start,
        {{ count_if('cast(closed_at as date) <= cast(due_at as date)') }} as numerator,
        count(*) as denominator
    from {{ ref('fct_dossier') }}
    where
        due_at < {{ after_as_of() }}
        and former_province_code is not null
        and not is_contradiction
        and (state in ('open', 'paused') or state = 'closed' and status_code in (9, 10) and closed_at is not null)
    group by former_province_code, {{ first_day_of('month', 'due_at') }}

),

counted as (

    select
        'tthc_on_time' as kpi_id,
        received.*
    from received

    union all

    select
        'tthc_due_on_time' as kpi_id,
        due.*
    from due

)

select
    published.*,
    counted.numerator as counted_numerator,
    counted.denominator as counted_denominator
from published
left join counted
    on
        published.kpi_id = counted.kpi_id
        and published.unit_code = counted.unit_code
        and published.period_start = counted.period_start
where
    coalesce(published.numerator, 0) <> coalesce(counted.numerator, 0)
    or coalesce(published.denominator, 0) <> coalesce(counted.denominator, 0)
