-- Rendered from sources/planning/contract.odcs.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    area,
    batch_id,
    source_sheet,
    source_row,
    content_hash,
    plan_no,
    title,
    kind,
    unit_level,
    unit_code,
    commune_code,
    former_province_code,
    attribution,
    lead_agency,
    started_on,
    milestone,
    milestone_due,
    milestone_done,
    status
from {{ source('landing', 'planning') }}
