-- Only dossiers that were given another number: one row per number that stands in a chain of origins and is live at D.
-- The dossier has its newest number, the unit of that number, the earliest receipt, and the latest state.
with recursive stated_edge as (

    select
        statement.dossier_id,
        origin.origin_dossier_id,
        row_number() over (
            partition by statement.dossier_id
            order by statement.stated_at desc nulls last, statement.statement_id desc
        ) as newest_first
    from {{ ref('int_procedure_row') }} as origin
    inner join {{ ref('int_procedure_statement') }} as statement on origin.statement_id = statement.statement_id
    where
        origin.origin_dossier_id is not null
        and origin.origin_dossier_id <> origin.dossier_id
        and statement.is_live

),

edge as (

    select
        dossier_id,
        origin_dossier_id
    from stated_edge
    where newest_first = 1

),

climb (dossier_id, ancestor_id) as (

    select
        dossier_id,
        origin_dossier_id as ancestor_id
    from edge

    -- UNION, not UNION ALL: numbers that name each other in a circle end the climb.
    union

    select
        climb.dossier_id,
        edge.origin_dossier_id as ancestor_id
    from climb
    inner join edge on climb.ancestor_id = edge.dossier_id

),

root as (

    -- The first number of the chain; the smallest one when the chain is a circle.
    select
        climb.dossier_id,
        coalesce(
            min(case when edge.dossier_id is null then climb.ancestor_id end),
            min(climb.ancestor_id)
        ) as root_id
    from climb
    left join edge on climb.ancestor_id = edge.dossier_id
    group by climb.dossier_id

),

member as (

    select
        dossier_id,
        root_id
    from root

    union

    select
        root_id as dossier_id,
        root_id
    from root

),

latest as (

    select
        member.root_id,
        statement.dossier_id,
        statement.stated_at,
        statement.statement_id,
        statement.dossier_id not in (select edge.origin_dossier_id from edge) as is_newest_of_chain
    from member
    inner join {{ ref('int_procedure_statement') }} as statement on member.dossier_id = statement.dossier_id
    where statement.is_latest

),

described as (

    select
        latest.*,
        row_of_file.origin_dossier_id,
        row_of_file.received_at,
        {{ kept_unit('unit_code', 'row_of_file') }} as unit_code,
        {{ kept_unit('unit_level', 'row_of_file') }} as unit_level,
        {{ kept_unit('commune_code', 'row_of_file') }} as commune_code,
        {{ kept_unit('former_province_code', 'row_of_file') }} as former_province_code,
        {{ kept_unit('attribution', 'row_of_file') }} as attribution
    from latest
    inner join {{ ref('int_procedure_row') }} as row_of_file on latest.statement_id = row_of_file.statement_id
    left join {{ ref('int_dossier_carried') }} as carried on row_of_file.statement_id = carried.statement_id

),

ordered as (

    select
        described.*,
        row_number() over (
            partition by root_id
            order by is_newest_of_chain desc, stated_at desc nulls last, statement_id desc
        ) as key_order,
        row_number() over (
            partition by root_id
            order by stated_at desc nulls last, statement_id desc
        ) as state_order,
        min(received_at) over (partition by root_id) as first_received_at
    from described

),

final as (

    select
        ordered.dossier_id as stated_dossier_id,
        newest.dossier_id,
        newest.origin_dossier_id,
        ordered.state_order = 1 as is_state,
        ordered.first_received_at as received_at,
        newest.unit_code,
        newest.unit_level,
        newest.commune_code,
        newest.former_province_code,
        newest.attribution
    from ordered
    inner join ordered as newest
        on ordered.root_id = newest.root_id and newest.key_order = 1

)

select * from final
