-- Every landed statement about a household under a strand, with its flags. Readers see a running number in the place of
-- the household's own number, which tells who lives there.
with statement as (

    {{ keyed_statement('stg_housing', ['household_id', 'strand']) | indent(4) }}

),

final as (

    select
        *,
        cast(dense_rank() over (order by household_id asc, strand asc) as integer) as household_key
    from statement

)

select * from final
