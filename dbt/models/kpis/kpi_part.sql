{{ published() }}

-- Each KPI of the province in its headline period, in parts that make the whole: the former provinces, the departments,
-- the provincial centre, what nobody can be told for, and what an official plan has not given to any project yet.
with whole as (

    select
        *,
        case period_kind
            when 'to_date' then 'to_date'
            when 'week' then {{ iso_year_week('period_start') }}
            else {{ year_month('period_start') }}
        end as period
    from {{ ref('int_kpi_headline') }}

),

summed as (

    select
        atom.kpi_id,
        case
            when atom.former_province_code is not null then atom.former_province_code
            when atom.unit_code is not null then {{ holder_of("'departments'", 'atom.unit_code') }}
            else 'not_attributable'
        end as part,
        {{ exact_sum('atom.numerator') }} as numerator,
        {{ exact_sum('atom.denominator') }} as denominator
    from {{ ref('int_kpi_atom') }} as atom
    inner join whole
        on
            atom.kpi_id = whole.kpi_id
            and atom.period_kind = whole.period_kind
            and atom.period_start = whole.period_start
    where atom.dimension = ''
    group by atom.kpi_id, part

),

reported as (

    select
        domain,
        is_stock,
        period_kind,
        period_start,
        case grain
            when 'former_province' then unit_code
            else {{ holder_of("'departments'", 'unit_code') }}
        end as part,
        grain,
        coalesce(max(case when units_owing > 0 then has_delivery end), max(has_delivery)) as has_delivery,
        sum(units_owing) as units_owing,
        min(case when units_owing > 0 then data_date end) as oldest_data_date
    from {{ ref('int_coverage') }}
    where grain in ('former_province', 'department')
    group by domain, is_stock, period_kind, period_start, part, grain

),

expected as (

    -- Former provinces are the parts of whatever has a place; departments only of what they can handle or owe.
    select
        whole.*,
        reported.part,
        reported.has_delivery,
        reported.oldest_data_date
    from whole
    inner join reported
        on
            whole.domain = reported.domain
            and whole.is_stock = reported.is_stock
            and whole.period_kind = reported.period_kind
            and whole.period_start = reported.period_start
            and (reported.grain = 'former_province' or whole.grains like '%department%')
            -- It is known beforehand which department has a centre.
            and not (whole.domain = 'centre_readiness' and reported.grain = 'department' and reported.units_owing = 0)

    union all

    select
        whole.*,
        summed.part,
        1 as has_delivery,
        cast(null as date) as oldest_data_date
    from whole
    inner join summed on whole.kpi_id = summed.kpi_id
    where summed.part = 'not_attributable'

),

placed as (

    -- Nothing handled is 0; nothing delivered is unknown.
    select
        expected.kpi_id,
        expected.period,
        expected.part,
        expected.unit,
        case
            when expected.numerator is not null
                then coalesce(summed.numerator, case when expected.has_delivery = 1 then 0 end)
        end as numerator,
        case
            when expected.numerator is not null and expected.unit <> 'count'
                then coalesce(summed.denominator, case when expected.has_delivery = 1 then 0 end)
        end as denominator,
        expected.oldest_data_date
    from expected
    left join summed on expected.kpi_id = summed.kpi_id and expected.part = summed.part

),

unassigned as (

    -- What is left of a plan is known when all parts are.
    select
        placed.kpi_id,
        placed.period,
        'unassigned' as part,
        placed.unit,
        case when count(*) = count(placed.denominator) then 0 end as numerator,
        case
            when count(*) = count(placed.denominator) then max(official.denominator) - sum(placed.denominator)
        end as denominator,
        cast(null as date) as oldest_data_date
    from placed
    inner join {{ ref('int_kpi_official') }} as official
        on placed.kpi_id = official.kpi_id and official.grain = 'province' and official.is_divisor
    group by placed.kpi_id, placed.period, placed.unit

),

final as (

    select
        kpi_id,
        period,
        part,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(case when unit = 'count' then numerator else numerator / nullif(denominator, 0) end as double) as value,
        oldest_data_date,
        cast(null as varchar) as signal
    from (
        select * from placed
        union all
        select * from unassigned
    ) as part

)

select * from final
