-- Counted from the facts, not from the KPI model, so that the two cannot be wrong in the same way.
with published as (

    select
        unit_code,
        period_start,
        numerator,
        denominator
    from {{ ref('kpi_value') }}
    where kpi_id = 'tthc_on_time' and period_kind = 'month' and grain = 'former_province' and dimension = ''

),

counted as (

    select
        former_province_code as unit_code,
        {{ first_day_of('month', 'received_at') }} as period_start,
        {{ count_if('is_on_time') }} as numerator,
        count(*) as denominator
    from {{ ref('fct_dossier') }}
    where is_on_time is not null and former_province_code is not null
    group by former_province_code, {{ first_day_of('month', 'received_at') }}

)

select
    published.*,
    counted.numerator as counted_numerator,
    counted.denominator as counted_denominator
from published
left join counted
    on published.unit_code = counted.unit_code and published.period_start = counted.period_start
where
    coalesce(published.numerator, 0) <> coalesce(counted.numerator, 0)
    or coalesce(published.denominator, 0) <> coalesce(counted.denominator, 0)
