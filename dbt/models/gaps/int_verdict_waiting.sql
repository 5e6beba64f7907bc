-- The verdicts that are kept open, and by which feed: cells of the headline period that are insufficient, and would not
-- be if all of the feed had come.
with cell as (

    select
        headline.kpi_id,
        headline.domain,
        headline.is_stock,
        headline.period_kind,
        headline.period_start,
        headline.period_end,
        headline.min_coverage,
        value.grain,
        value.unit_code
    from {{ ref('int_kpi_headline') }} as headline
    inner join {{ ref('kpi_value') }} as value
        on
            headline.kpi_id = value.kpi_id
            and headline.period_kind = value.period_kind
            and headline.period_start = value.period_start
    where value.dimension = '' and value.rating = 'insufficient'

),

lacking as (

    -- What each feed lacks of the units of a cell.
    select
        unit.domain,
        unit.is_stock,
        unit.period_kind,
        unit.period_start,
        place.grain,
        place.unit_code,
        unit.feed_id,
        {{ exact_sum('unit.owes * (1 - unit.reports)') }} as units_lacking
    from {{ ref('int_coverage_unit') }} as unit
    inner join {{ ref('int_kpi_unit') }} as place
        on
            place.grain = 'province'
            or unit.grain = place.grain and unit.unit_code = place.unit_code
            or place.grain = 'former_province' and unit.former_province_code = place.unit_code
    where unit.owes > 0 and unit.reports < 1
    group by
        unit.domain, unit.is_stock, unit.period_kind, unit.period_start, place.grain, place.unit_code, unit.feed_id

),

final as (

    select
        cell.kpi_id,
        cell.grain,
        cell.unit_code,
        cell.is_stock,
        cell.period_start,
        cell.period_end,
        lacking.feed_id
    from cell
    inner join lacking
        on
            cell.domain = lacking.domain
            and cell.is_stock = lacking.is_stock
            and cell.period_kind = lacking.period_kind
            and cell.period_start = lacking.period_start
            and cell.grain = lacking.grain
            and cell.unit_code = lacking.unit_code
    inner join {{ ref('int_coverage') }} as coverage
        on
            cell.domain = coverage.domain
            and cell.is_stock = coverage.is_stock
            and cell.period_kind = coverage.period_kind
            and cell.period_start = coverage.period_start
            and cell.grain = coverage.grain
            and cell.unit_code = coverage.unit_code
    where coverage.units_reporting + lacking.units_lacking >= cell.min_coverage * coverage.units_owing - 1e-6

)

select * from final
