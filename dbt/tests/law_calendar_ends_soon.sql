{{ config(severity='warn') }}

with calendar as (

    select {{ last_day_of('year', 'max(date)') }} as last_day
    from {{ ref('calendar_exception') }}

)

select last_day from calendar
where last_day <= {{ date_add_days(as_of(), 90) }}
