{{ published() }}

-- One row per household under a strand: the latest live statement. A household under two strands counts once, under the
-- larger support (`housing_started_counted`). The key is a running number: the household's own stays in the landing.
-- A KPI past its last day keeps what was done by then: by the day of the work, else by the day of the statement.
with last_day as (

    select
        max(case when kpi_id = 'housing_started' then valid_to end) as of_started,
        max(case when kpi_id = 'housing_completed' then valid_to end) as of_completed
    from {{ ref('mart_kpi_definition') }}

),

live as (

    select * from {{ ref('int_household_statement') }}
    where is_latest

),

judged as (

    select
        live.*,
        row_number() over (
            partition by live.household_id order by live.support desc nulls last, live.strand asc
        ) = 1 as is_larger_support,
        count(*) over (partition by live.household_id) > 1 as is_under_two_strands,
        coalesce(live.status = 'rut', false) as is_withdrawn,
        coalesce(live.status in ('dang_lam', 'hoan_thanh', 'da_ban_giao'), false) as is_started,
        coalesce(live.status in ('hoan_thanh', 'da_ban_giao'), false) as is_completed,
        coalesce(
            least({{ as_of() }}, coalesce(live.started_on, live.data_date)) <= last_day.of_started, true
        ) as is_started_in_time,
        coalesce(
            least({{ as_of() }}, coalesce(live.completed_on, live.handed_over_on, live.data_date))
            <= last_day.of_completed,
            true
        ) as is_completed_in_time
    from live
    cross join last_day

),

counted as (

    select
        *,
        is_larger_support and not is_withdrawn as is_whole
    from judged

),

final as (

    select
        household_key,
        strand,
        kind,
        support,
        source_fund,
        started_on,
        completed_on,
        handed_over_on,
        status,
        difficulty,
        is_under_two_strands,
        is_withdrawn,
        is_started,
        is_completed,
        area,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row,
        {{ measure_flags('housing_started', 'is_whole', 'is_started and is_started_in_time') }},
        {{ measure_flags('housing_completed', 'is_whole', 'is_completed and is_completed_in_time') }},
        cast(case when is_whole then case when is_started then 0 else 1 end end as smallint)
            as housing_started_remaining,
        cast(case when is_whole then case when is_completed then 0 else 1 end end as smallint)
            as housing_completed_remaining
    from counted

)

select * from final
