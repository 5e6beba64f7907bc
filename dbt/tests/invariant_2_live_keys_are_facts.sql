-- Counted, not joined: with the uniqueness of both keys the counts can only agree when the sets do.
with live as (

    select count(distinct dossier_id) as numbers
    from {{ ref('int_procedure_statement') }}
    where is_live

),

folded as (

    select count(*) as numbers
    from {{ ref('int_dossier_key') }}
    where not is_state

),

fact as (

    select count(*) as numbers
    from {{ ref('fct_dossier') }}

)

select
    live.numbers as live_numbers,
    folded.numbers as folded_numbers,
    fact.numbers as facts
from live
cross join folded
cross join fact
where live.numbers - folded.numbers <> fact.numbers
