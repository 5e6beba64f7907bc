-- Every landed statement about a household under a strand, with its flags. Outside this house it is known by a running
-- number: its own number tells who lives there.
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
