select
    feed_id,
    file,
    rows_read,
    rows_accepted,
    rows_quarantined,
    rows_duplicate,
    rows_not_data
from {{ ref('source_file') }}
where
    state = 'accepted'
    and rows_read <> rows_accepted + rows_quarantined + rows_duplicate + rows_not_data
