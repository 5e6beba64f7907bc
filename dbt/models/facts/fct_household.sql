{{ published() }}

-- One row per household under a strand: the latest live statement. A household under two strands counts once, under the
-- larger support (`housing_started_counted`). The key is a running number: the household's own stays in the landing.
with live as (

    select * from {{ ref('int_household_statement') }}
    where is_latest

),

judged as (

    select
        *,
        row_number() over (
            partition by household_id order by support desc nulls last, strand asc
        ) = 1 as is_larger_support,
        count(*) over (partition by household_id) > 1 as is_under_two_strands,
        coalesce(status = 'rut', false) as is_withdrawn,
        coalesce(status in ('dang_lam', 'hoan_thanh', 'da_ban_giao'), false) as is_started,
        coalesce(status in ('hoan_thanh', 'da_ban_giao'), false) as is_completed
    from live

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
        {{ measure_flags('housing_started', 'is_larger_support and not is_withdrawn', 'is_started') }},
        {{ measure_flags('housing_completed', 'is_larger_support and not is_withdrawn', 'is_completed') }}
    from judged

)

select * from final
