select
    dossier.dossier_id,
    dossier.attribution,
    dossier.unit_level,
    dossier.unit_code,
    dossier.commune_code,
    dossier.former_province_code
from {{ ref('fct_dossier') }} as dossier
left join {{ ref('dim_commune') }} as commune on dossier.commune_code = commune.commune_code
left join {{ ref('dim_unit') }} as unit
    on dossier.unit_level = unit.level and dossier.unit_code = unit.unit_code
where
    unit.unit_code is null
    or case dossier.attribution
        when 'exact' then dossier.commune_code is null or dossier.commune_code <> dossier.unit_code
        when 'former_commune'
            then dossier.commune_code is null or dossier.commune_code is distinct from unit.commune_code
        when 'department' then dossier.commune_code is not null or dossier.former_province_code is not null
        else dossier.commune_code is not null
    end
    or dossier.attribution <> 'department' and dossier.former_province_code is null
    or dossier.former_province_code <> commune.former_province_code
    or dossier.former_province_code <> unit.former_province_code
