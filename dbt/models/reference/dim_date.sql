{{ published() }}

-- One row per day from 2024 to the last year whose holidays are known, or to D when that is later (a rehearsal; there
-- every Monday to Friday counts as a working day). The working days between two dates are the difference of their
-- working_day_number.
with day as (

    {{ date_spine(
        "'" ~ var('calendar_first_day') ~ "'",
        "greatest(cast('" ~ var('calendar_last_day') ~ "' as date), " ~ as_of() ~ ")"
    ) }}

),

judged as (

    select
        day.date,
        calendar.holiday_name,
        calendar.rests_on,
        calendar.legal_basis,
        coalesce(calendar.is_make_up_day, false) as is_make_up_day,
        coalesce(calendar.is_make_up_day, false)
        or ({{ iso_weekday('day.date') }} <= 5 and calendar.date is null) as is_working_day
    from day
    left join {{ ref('calendar_exception') }} as calendar on day.date = calendar.date

),

final as (

    select
        date,
        {{ iso_year('date') }} as iso_year,
        {{ iso_week('date') }} as iso_week,
        is_working_day,
        case when not is_make_up_day then holiday_name end as holiday_name,
        is_make_up_day,
        cast(
            sum(case when is_working_day then 1 else 0 end) over (
                order by date asc rows between unbounded preceding and current row
            ) as integer
        ) as working_day_number,
        rests_on,
        legal_basis
    from judged

)

select * from final
