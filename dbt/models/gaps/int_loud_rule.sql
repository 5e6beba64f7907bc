-- Rendered from sources/rules.yaml by `make render`; edit that file, not this one.
select
    told.rule,
    told.severity
from (
    values
    ('unreadable_number', 'warning'),
    ('ambiguous_number', 'warning'),
    ('percent_not_expected', 'warning'),
    ('part_of_a_whole', 'warning'),
    ('ambiguous_date', 'warning'),
    ('swapped_date', 'warning'),
    ('above_maximum', 'warning'),
    ('unit_of_row_not_understood', 'warning'),
    ('sign_of_dong', 'warning'),
    ('damaged_key', 'warning'),
    ('event_after_data_date', 'warning'),
    ('formula_without_value', 'warning'),
    ('merged_amount', 'warning'),
    ('key_twice', 'warning'),
    ('sheets_disagree', 'error'),
    ('file_name_disagrees', 'warning'),
    ('scope_unknown', 'warning'),
    ('money_unit_not_said', 'error'),
    ('unit_of_column_not_understood', 'error'),
    ('money_unit_not_agreed', 'warning'),
    ('hidden_sheet', 'warning'),
    ('hidden_cells', 'warning'),
    ('far_cells', 'warning'),
    ('unread_table', 'error')
) as told (rule, severity)
