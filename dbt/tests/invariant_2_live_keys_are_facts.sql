with live as (

    select distinct coalesce(rekeyed.dossier_id, statement.dossier_id) as dossier_id
    from {{ ref('int_procedure_statement') }} as statement
    left join {{ ref('int_dossier_key') }} as rekeyed on statement.dossier_id = rekeyed.stated_dossier_id
    where statement.is_live

)

select
    live.dossier_id as live_dossier_id,
    dossier.dossier_id as fact_dossier_id
from live
full outer join {{ ref('fct_dossier') }} as dossier on live.dossier_id = dossier.dossier_id
where live.dossier_id is null or dossier.dossier_id is null
