-- Restated figures of the centres' readiness: what is said of a week is said of it once.
{{ keyed_restatement(
    'int_centre_statement', 'fct_centre_readiness',
    "unit_level || ':' || unit_code || '|' || cast(report_date as varchar)",
    ['unit_level', 'unit_code', 'report_date'],
    [
        'computers_needed', 'computers_have', 'printers_needed', 'printers_have', 'scanners_needed', 'scanners_have',
        'kiosks_needed', 'kiosks_have', 'queue_machines_needed', 'queue_machines_have', 'staff', 'staff_trained',
        'signatures_needed', 'signatures_issued', 'accounts_needed', 'accounts_active', 'line_outage_hours',
        'cameras', 'line_carrier', 'line_mbps', 'note'
    ],
    is_of_period=true
) }}
