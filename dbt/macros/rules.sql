{#- Rules of the dossiers and of the gaps that more than one model needs. -#}

{#- Day whose backlog the directive asks to clear. -#}
{% macro backlog_cohort_date() -%}
    cast('{{ var("backlog_cohort_date") }}' as date)
{%- endmacro %}

{#- First day of the communes in force: what a unit took before that day stays with it. -#}
{% macro merger_date() -%}
    cast('{{ var("merger_date") }}' as date)
{%- endmacro %}

{#- A column of a dossier's unit, as `int_dossier_carried` (joined as `carried`) keeps it, else as the row says. -#}
{% macro kept_unit(column, stated) -%}
    case when carried.statement_id is null then {{ stated }}.{{ column }} else carried.{{ column }} end
{%- endmacro %}

{#- State of a dossier by the portal's status, 1 to 10. `is_after`: its finish lies after D, so it is still open. -#}
{% macro dossier_state(status_code, is_after) -%}
    case
        when {{ status_code }} in (1, 3) then 'not_counted'
        when {{ status_code }} in (5, 6, 8) then 'paused'
        when {{ status_code }} in (7, 9, 10) and not ({{ is_after }}) then 'closed'
        else 'open'
    end
{%- endmacro %}

{#- Stage of a status in the portal's flow: a later statement with a smaller stage goes backwards. -#}
{% macro status_stage(status_code) -%}
    case
        when {{ status_code }} = 1 then 1
        when {{ status_code }} = 2 then 2
        when {{ status_code }} in (4, 5, 6, 8) then 3
        when {{ status_code }} in (3, 7, 9) then 4
        when {{ status_code }} = 10 then 5
    end
{%- endmacro %}

{#-
    Whether a dossier is finished before it was received. A finish at midnight on the day of receipt is no
    contradiction: some offices write dates without a time.
-#}
{% macro is_finished_before_received(received_at, finished_at) -%}
    coalesce(
        cast({{ finished_at }} as date) < cast({{ received_at }} as date)
        or (
            {{ finished_at }} < {{ received_at }}
            and {{ finished_at }} <> cast(cast({{ finished_at }} as date) as timestamp)
        ),
        false
    )
{%- endmacro %}

{#-
    The measure flags of a KPI in its fact: `<kpi_id>_counted` is 1 for a row that counts, `<kpi_id>_met` then says 1 or
    0, and both are NULL for a row that has no part in the KPI at D. They are numbers, so that KPI = Σ met / Σ counted
    over any slice, for flags and amounts alike and on any engine (a KPI that counts: Σ met).
-#}
{% macro measure_flags(kpi_id, counted, met) -%}
    cast(case when {{ counted }} then 1 end as smallint) as {{ kpi_id }}_counted,
    cast(case when {{ counted }} then case when {{ met }} then 1 else 0 end end as smallint) as {{ kpi_id }}_met
{%- endmacro %}

{#- The same for a KPI that adds up amounts: what a row `among` them brings to each side, NULL for other rows. -#}
{% macro measure_amounts(kpi_id, among, counted, met, type) -%}
    cast(case when {{ among }} then {{ counted }} end as {{ type }}) as {{ kpi_id }}_counted,
    cast(case when {{ among }} then {{ met }} end as {{ type }}) as {{ kpi_id }}_met
{%- endmacro %}

{#-
    KPIs by the column of their fact whose date puts a row into a period; a KPI that stands nowhere here tells the state
    at D. It belongs to the facts, not to what a province may set in its seed of definitions.
-#}
{% macro kpis_by_date_column() -%}
    {{ return({
        'due_at': ['tthc_due_on_time', 'tthc_land_on_time', 'tthc_moved_on_time'],
        'received_at': ['tthc_on_time', 'tthc_no_due', 'tthc_online'],
        'closed_at': ['tthc_resolved_on_time', 'tthc_digitised', 'tthc_working_days'],
        'period_start': ['portal_progress'],
    }) }}
{%- endmacro %}

{#- Texts quoted and separated by commas, for an `in` list. -#}
{% macro quote_list(texts) -%}
    {% for text in texts %}'{{ text }}'{{ ", " if not loop.last }}{% endfor %}
{%- endmacro %}

{#-
    Ratios whose numerator counts a part of the denominator, and whose missing denominators the last statement or the
    need tells (houses, hectares, devices, people): what is missing can be bounded. Dossiers that did not come can be
    counted by nobody; lots, tasks and milestones are added anew; more signatures and accounts may be issued than were
    needed. It belongs to the facts, as the list above.
-#}
{% macro bounded_kpis() -%}
    {{ return([
        'clearance_area', 'clearance_paid', 'housing_started', 'housing_completed', 'centre_equipment',
        'centre_trained'
    ]) }}
{%- endmacro %}

{#- Money and days: advances come back and rates pass 100 %, so that no bound holds and nothing is certain. -#}
{% macro unbounded_kpis() -%}
    {{ return([
        'tthc_working_days', 'inv_rate_pm', 'inv_rate_total', 'auction_revenue', 'auction_premium', 'auction_collected'
    ]) }}
{%- endmacro %}

{#- What a value says beside its `target` and `amber`, by its `direction`; NULL where one of them is unknown. -#}
{% macro verdict(value) -%}
    case
        when {{ value }} is null or target is null then null
        when direction = 'up' and {{ value }} >= target - 1e-12 then 'met'
        when direction = 'up' and {{ value }} >= amber - 1e-12 then 'at_risk'
        when direction = 'down' and {{ value }} <= target + 1e-12 then 'met'
        when direction = 'down' and {{ value }} <= amber + 1e-12 then 'at_risk'
        else 'missed'
    end
{%- endmacro %}

{#- Who holds a dossier, by the level of its unit; the provincial centre is a department with a code of its own. -#}
{% macro holder_of(unit_level, unit_code) -%}
    case when {{ unit_code }} = '{{ var("provincial_centre") }}' then 'provincial_centre' else {{ unit_level }} end
{%- endmacro %}

{#- Code of the department that handles a row; NULL for every other unit. -#}
{% macro department_code(attribution, unit_code) -%}
    case when {{ attribution }} = 'department' then {{ unit_code }} end
{%- endmacro %}

{#- Whether a figure of this day is still young enough at D to be a report; false where there is no figure. -#}
{% macro is_fresh(data_date, max_age_days) -%}
    coalesce({{ days_between(data_date, as_of()) }} <= {{ max_age_days }}, false)
{%- endmacro %}

{#- How a period is named in the gap ledger: by month, by ISO week, or by its day, as the feed's cadence goes. -#}
{% macro period_name(cadence, day) -%}
    case
        when {{ cadence }} = 'monthly' then {{ year_month(day) }}
        when {{ cadence }} = 'weekly' then {{ iso_year_week(day) }}
        else cast({{ day }} as varchar)
    end
{%- endmacro %}

{#- Two statements of one moment differ when their days do: offices drop the time of day at will (decision 006). -#}
{% macro is_other_day(old_moment, new_moment) -%}
    cast({{ old_moment }} as date) is distinct from cast({{ new_moment }} as date)
{%- endmacro %}

{#-
    Columns `rows_refused` and `remedy_vi` of a group of refused rows: each row of a file once, whatever is wrong with it,
    and what mends one of them. Both arguments are relations: the files, and what was refused in them.
-#}
{% macro count_refused_rows(file, refused) -%}
    count(
        distinct {{ file }}.batch_id || ' ' || coalesce({{ refused }}.source_sheet, '') || ' '
        || cast({{ refused }}.source_row as varchar)
    ) as rows_refused,
    min(coalesce({{ refused }}.remedy_vi, {{ refused }}.message_vi, 'Sửa tại nguồn.')) as remedy_vi
{%- endmacro %}

{#- What is said of a unit of which all rows were refused: how many (`rows_refused`) and what mends one of them. -#}
{% macro refused_unit_words(row) -%}
    'Đơn vị đã gửi, nhưng cả ' || cast({{ row }}.rows_refused as varchar)
    || ' dòng nhận được của kỳ này đều bị từ chối. ' || {{ row }}.remedy_vi || ' Sửa rồi gửi lại.'
{%- endmacro %}
