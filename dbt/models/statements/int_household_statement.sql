-- Every landed statement about a household under a strand, with its flags. Readers see a running number in the place of
-- the household's own number, which tells who lives there. `started_since`, `completed_since`: the data date of the
-- first file since which every file says so of the house, replaced ones too, so that a register that repeats an undated
-- house does not move it; NULL where the newest file does not say so.
{%- set said = {
    'started': "'dang_lam', 'hoan_thanh', 'da_ban_giao'",
    'completed': "'hoan_thanh', 'da_ban_giao'"
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
            max(case when not is_{{ step }} then data_date end) over (partition by household_key) as not_{{ step }}_on,
        {% endfor %}
        data_date
    from last_of_day

),

since as (

    select
        {% for step in said %}
            min(case when coalesce(data_date > not_{{ step }}_on, true) then data_date end) as {{ step }}_since,
        {% endfor %}
        household_key
    from denied
    group by household_key

),

final as (

    select
        flagged.*,
        since.started_since,
        since.completed_since
    from flagged
    inner join since on flagged.household_key = since.household_key

)

select * from final
