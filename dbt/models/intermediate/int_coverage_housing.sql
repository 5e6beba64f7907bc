-- Communes that owe a register of houses at D: those with households, and all that send a workbook of their own. Where
-- every commune sends its own, one whose list is too old is stale, however new its neighbours' lists are.
with own_list as (

    select
        household.feed_id,
        household.commune_code,
        max(file.data_date) as data_date
    from {{ ref('fct_household') }} as household
    inner join {{ ref('int_source_file') }} as file
        on household.feed_id = file.feed_id and household.batch_id = file.batch_id
    where household.commune_code is not null
    group by household.feed_id, household.commune_code

),

item as (

    select distinct commune_code
    from own_list

),

long_due as (

    select
        feed_id,
        max(expected_end) as expected_end
    from {{ ref('int_feed_expectation') }}
    where is_long_due
    group by feed_id

),

stale_item as (

    select distinct own_list.commune_code
    from own_list
    inner join {{ source('landing', 'feed') }} as feed on own_list.feed_id = feed.feed_id and feed.every_unit_owes
    inner join long_due on own_list.feed_id = long_due.feed_id and own_list.data_date < long_due.expected_end

),

{{ stock_coverage('housing', 'item', 'stale_item') }}

select * from final
