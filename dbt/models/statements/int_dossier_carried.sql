-- A dossier that was received before the merger stays with the unit that took it, although later files of the office
-- name that unit's successor. Here are the later statements that name another unit, each with the unit that is kept. It
-- is kept in statements of replaced files too, for the restatements compare them with those that replace them. When a
-- later file names a former commune of another new commune, the office has corrected itself, and that holds.
with statement as (

    select
        row_of_file.statement_id,
        row_of_file.dossier_id,
        row_of_file.data_date,
        row_of_file.unit_code,
        row_of_file.unit_level,
        row_of_file.commune_code,
        row_of_file.former_province_code,
        row_of_file.attribution,
        statement.stated_at,
        statement.is_live
    from {{ ref('int_procedure_row') }} as row_of_file
    inner join {{ ref('int_procedure_statement') }} as statement
        on row_of_file.statement_id = statement.statement_id
    where
        row_of_file.received_at < {{ merger_date() }}
        and row_of_file.unit_level in ('commune', 'former_commune', 'former_district')

),

ordered as (

    select
        *,
        row_number() over (
            partition by dossier_id
            order by stated_at desc nulls last, statement_id desc
        ) as newest_first
    from statement
    where is_live and data_date < {{ merger_date() }} and unit_level <> 'commune'

),

final as (

    select
        later.statement_id,
        taken.unit_code,
        taken.unit_level,
        taken.commune_code,
        taken.former_province_code,
        taken.attribution
    from ordered as taken
    inner join statement as later
        on taken.dossier_id = later.dossier_id
    where
        taken.newest_first = 1
        and later.data_date >= {{ merger_date() }}
        and (
            later.unit_level = 'commune'
            or (
                later.unit_level = 'former_commune'
                and coalesce(later.commune_code = taken.commune_code, taken.commune_code is null)
            )
        )

)

select * from final
