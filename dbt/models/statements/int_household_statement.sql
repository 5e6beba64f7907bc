-- Every landed statement about a household under a strand, with its flags. Readers see a running number in the place of
-- the household's own number, which tells who lives there. `started_since`, `completed_since`: the data date of the
-- first file since which every file says so of the house, replaced ones too, so that a register that repeats an undated
-- house does not move it; NULL where the newest file does not say so. A withdrawal denies nothing that was done before
-- it: of a withdrawn house `was_started` and `was_completed` say how it stood. `withdrawn_since`: in the same way.
{%- set said = {
    'started': "'dang_lam', 'hoan_thanh', 'da_ban_giao'",
    'completed': "'hoan_thanh', 'da_ban_giao'",
    'withdrawn': "'rut'"
} %}
with statement as (

    {{ keyed_statement('stg_housing', ['household_id', 'strand']) | indent(4) }}

),

flagged as (

    select
        *,
        {% for step, states in said.items() %}
            coalesce(status in ({{ states }}), false) as is_{{ step }},
        {% endfor %}
        cast(dense_rank() over (order by household_id asc, strand asc) as integer) as household_key
    from statement

),

last_of_day as (

    -- Of two files of one day the better ranked one speaks.
    select *
    from (
        select
            *,
            row_number() over (
                partition by household_key, data_date
                order by file_rank desc, source_sheet desc nulls last, source_row desc nulls last
            ) as newest_first
        from flagged
    ) as numbered
    where newest_first = 1

),

denied as (

    select
        household_key,
        {% for step in said %}
            max(case when not is_{{ step }} and not is_withdrawn then data_date end) over (partition by household_key)
                as not_{{ step }}_on,
            is_{{ step }},
        {% endfor %}
        data_date
    from last_of_day

),

since as (

    select
        {% for step in said %}
            min(case when is_{{ step }} and coalesce(data_date > not_{{ step }}_on, true) then data_date end)
                as {{ step }}_since,
        {% endfor %}
        household_key
    from denied
    group by household_key

),

before as (

    select
        household_key,
        is_started as was_started,
        is_completed as was_completed
    from (
        select
            *,
            row_number() over (partition by household_key order by data_date desc) as newest_kept
        from last_of_day
        where not is_withdrawn
    ) as kept
    where newest_kept = 1

),

final as (

    select
        flagged.*,
        since.started_since,
        since.completed_since,
        since.withdrawn_since,
        before.was_started,
        before.was_completed
    from flagged
    inner join since on flagged.household_key = since.household_key
    left join before on flagged.household_key = before.household_key

)

select * from final
