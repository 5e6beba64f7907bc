{{ config(severity='warn') }}

{{ unlawful_rules(date_add_days(as_of(), 1), date_add_days(as_of(), 90)) }}
