{{ config(severity='warn') }}

with calendar as (

    select cast('{{ var("calendar_last_day") }}' as date) as last_day

)

select last_day from calendar
where last_day <= {{ date_add_days(as_of(), 90) }}
