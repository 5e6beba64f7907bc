select
    dossier_id,
    received_at,
    finished_at,
    returned_at,
    closed_at,
    stated_at
from {{ ref('fct_dossier') }}
where
    received_at >= {{ after_as_of() }}
    or finished_at >= {{ after_as_of() }}
    or returned_at >= {{ after_as_of() }}
    or closed_at >= {{ after_as_of() }}
    or stated_at >= {{ after_as_of() }}
