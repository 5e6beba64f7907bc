-- Only files whose domain is built into facts already: the rows of the others are not read here.
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
    and domain in ('procedures', 'national_portal')
    and rows_read <> rows_accepted + rows_quarantined + rows_duplicate + rows_not_data
