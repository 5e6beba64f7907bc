{{ published() }}

-- One row per household under a strand: the latest live statement. A household under two strands counts once, under the
-- larger support (`housing_started_counted`). The key is a running number: the household's own stays in the landing.
-- A KPI past its last day keeps what was done by then; a house that was withdrawn later stays in it as it stood.
with last_day as (

    select
        max(case when kpi_id = 'housing_started' then valid_to end) as of_started,
        max(case when kpi_id = 'housing_completed' then valid_to end) as of_completed
    from {{ ref('mart_kpi_definition') }}

),

live as (

    -- A day of the work that is not told is the data date of the first file that says it is done. What was completed
    -- was started by that day, whatever its own day says.
    select
        *,
        coalesce(completed_on, handed_over_on, completed_since) as completed_by,
        least(
            coalesce(started_on, started_since), coalesce(completed_on, handed_over_on, completed_since)
        ) as started_by
    from {{ ref('int_household_statement') }}
    where is_latest

),

judged as (

    select
        live.*,
        row_number() over (
            partition by live.household_id order by live.support desc nulls last, live.strand asc
        ) = 1 as is_larger_support,
        count(*) over (partition by live.household_id) > 1 as is_under_two_strands,
        coalesce(live.withdrawn_since > last_day.of_started, false) as is_kept_for_started,
        coalesce(live.withdrawn_since > last_day.of_completed, false) as is_kept_for_completed,
        coalesce(least({{ as_of() }}, live.started_by) <= last_day.of_started, true) as is_started_in_time,
        coalesce(least({{ as_of() }}, live.completed_by) <= last_day.of_completed, true) as is_completed_in_time
    from live
    cross join last_day

),

counted as (

    select
        *,
        is_larger_support and not is_withdrawn as is_whole,
        is_larger_support and (not is_withdrawn or is_kept_for_started) as is_of_started,
        is_larger_support and (not is_withdrawn or is_kept_for_completed) as is_of_completed,
        is_started or is_kept_for_started and coalesce(was_started, false) as stands_started,
        is_completed or is_kept_for_completed and coalesce(was_completed, false) as stands_completed
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
        {{ measure_flags('housing_started', 'is_of_started', 'stands_started and is_started_in_time') }},
        {{ measure_flags('housing_completed', 'is_of_completed', 'stands_completed and is_completed_in_time') }},
        cast(case when is_whole then case when is_started then 0 else 1 end end as smallint)
            as housing_started_remaining,
        cast(case when is_whole then case when is_completed then 0 else 1 end end as smallint)
            as housing_completed_remaining
    from counted

)

select * from final
