-- Communes that owe a report of this domain at D: those with a parcel in the latest report.
{{ stock_coverage('site_clearance', 'fct_site_clearance', 'is_current') }}
