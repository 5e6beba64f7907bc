{{ published() }}

-- One row per household under a strand: the latest live statement. A household under two strands counts once, under the
-- larger support (`housing_started_counted`). The key is a running number: the household's own stays in the landing.
-- A KPI past its last day keeps what was done by then: by the day of the work, else by the day of the statement.
{%- set ends = {
    'housing_started': 'coalesce(started_on, data_date)',
    'housing_completed': 'coalesce(completed_on, handed_over_on, data_date)',
} %}
with last_day as (

    select
        {% for kpi_id in ends %}
            max(case when kpi_id = '{{ kpi_id }}' then valid_to end) as {{ kpi_id }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('mart_kpi_definition') }}

),

live as (

    select * from {{ ref('int_household_statement') }}
    where is_latest

),

judged as (

    select
        live.*,
        {% for kpi_id, done_on in ends.items() %}
            coalesce(least({{ as_of() }}, {{ done_on }}) <= last_day.{{ kpi_id }}, true) as {{ kpi_id }}_in_time,
        {% endfor %}
        row_number() over (
            partition by household_id order by support desc nulls last, strand asc
        ) = 1 as is_larger_support,
        count(*) over (partition by household_id) > 1 as is_under_two_strands,
        coalesce(status = 'rut', false) as is_withdrawn,
        coalesce(status in ('dang_lam', 'hoan_thanh', 'da_ban_giao'), false) as is_started,
        coalesce(status in ('hoan_thanh', 'da_ban_giao'), false) as is_completed
    from live
    cross join last_day

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
        {% for kpi_id, is_done in {'housing_started': 'is_started', 'housing_completed': 'is_completed'}.items() %}
            {{ measure_flags(
                kpi_id, 'is_larger_support and not is_withdrawn', is_done ~ ' and ' ~ kpi_id ~ '_in_time'
            ) }},
            cast(case when is_larger_support and not is_withdrawn then case when {{ is_done }} then 0 else 1 end end
                as smallint) as {{ kpi_id }}_remaining{{ "," if not loop.last }}
        {% endfor %}
    from judged

)

select * from final
