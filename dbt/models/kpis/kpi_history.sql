{{ published() }}

-- What earlier versions said of each KPI cell, as changes: one row a stretch of versions, each next to the other, that
-- said the same of it. Of each KPI to_date and the headline period; all its cells stand in the ledger.
with headline as (

    select distinct
        kpi_id,
        headline_period as period_kind
    from {{ ref('mart_kpi_definition') }}

),

version as (

    select
        version_no,
        version,
        as_of
    from {{ ref('stg_ledger_published_version') }}

),

newest as (

    select coalesce(max(version_no), 0) as version_no
    from version

),

told as (

    select
        first_no,
        last_no,
        kpi_id,
        -- Versions of before the numbers had the first meaning of each KPI.
        coalesce(definition_no, 1) as definition_no,
        period_kind,
        period_start,
        period_end,
        grain,
        unit_code,
        dimension,
        member,
        numerator,
        denominator,
        value,
        rating,
        coverage,
        is_provisional,
        oldest_data_date
    from {{ ref('stg_ledger_kpi_value') }}
    union all
    -- This build, as the version after the newest: a stretch that reaches it still holds.
    select
        newest.version_no + 1 as first_no,
        newest.version_no + 1 as last_no,
        value.kpi_id,
        value.definition_no,
        value.period_kind,
        value.period_start,
        case when value.period_kind <> 'to_date' then value.period_end end as period_end,
        value.grain,
        value.unit_code,
        value.dimension,
        value.member,
        value.numerator,
        value.denominator,
        value.value,
        value.rating,
        value.coverage,
        value.is_provisional,
        value.oldest_data_date
    from {{ ref('kpi_value') }} as value
    cross join newest

),

chosen as (

    select told.*
    from told
    left join headline on told.kpi_id = headline.kpi_id and told.period_kind = headline.period_kind
    where told.period_kind = 'to_date' or headline.kpi_id is not null

),

numbered as (

    -- Rows that say the same are one stretch as long as each begins where the one before it ends: then the last number
    -- grows by as much as versions are counted. Between two stretches it was said differently, or not at all.
    select
        *,
        last_no - sum(last_no - first_no + 1) over (
            partition by
                kpi_id, definition_no, period_kind, period_start, period_end, grain, unit_code, dimension, member,
                numerator, denominator, value, rating, coverage, is_provisional, oldest_data_date
            order by first_no
        ) as versions_between
    from chosen

),

stretch as (

    select
        kpi_id,
        definition_no,
        period_kind,
        period_start,
        period_end,
        grain,
        unit_code,
        dimension,
        member,
        numerator,
        denominator,
        value,
        rating,
        coverage,
        is_provisional,
        oldest_data_date,
        min(first_no) as first_no,
        max(last_no) as last_no
    from numbered
    group by
        kpi_id, definition_no, period_kind, period_start, period_end, grain, unit_code, dimension, member, numerator,
        denominator, value, rating, coverage, is_provisional, oldest_data_date, versions_between

),

final as (

    select
        stretch.kpi_id,
        stretch.definition_no,
        stretch.period_kind,
        stretch.period_start,
        stretch.period_end,
        stretch.grain,
        stretch.unit_code,
        stretch.dimension,
        stretch.member,
        stretch.numerator,
        stretch.denominator,
        stretch.value,
        stretch.rating,
        stretch.coverage,
        stretch.is_provisional,
        stretch.oldest_data_date,
        opening.version as first_version,
        opening.as_of as first_as_of,
        closing.version as last_version,
        closing.as_of as last_as_of
    from stretch
    -- What only this build says has no version yet.
    inner join version as opening on stretch.first_no = opening.version_no
    left join version as closing on stretch.last_no = closing.version_no

)

select * from final
