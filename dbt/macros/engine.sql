{#-
    Every function that differs between engines stands in this file and in no other: for another engine this file alone
    is written anew. This one is for DuckDB.
-#}

{% macro as_of() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{#- The first instant after day D; a time belongs to D or before when it is less than this. -#}
{% macro after_as_of() -%}
    cast({{ date_add_days(as_of(), 1) }} as timestamp)
{%- endmacro %}

{% macro date_add_days(day, number) -%}
    (({{ day }}) + cast({{ number }} as integer))
{%- endmacro %}

{#- Calendar days from `first_day` to `last_day` (0 for the same day). -#}
{% macro days_between(first_day, last_day) -%}
    cast(({{ last_day }}) - ({{ first_day }}) as integer)
{%- endmacro %}

{#- The last representable second of a day, as a TIMESTAMP. -#}
{% macro end_of_day(day) -%}
    (cast({{ day }} as timestamp) + interval '86399' second)
{%- endmacro %}

{#- First day of the `part` (week is the ISO week, from Monday); date_trunc of a DATE is a TIMESTAMP in DuckDB. -#}
{% macro first_day_of(part, day) -%}
    cast(date_trunc('{{ part }}', {{ day }}) as date)
{%- endmacro %}

{% macro last_day_of(part, day) -%}
    cast(date_trunc('{{ part }}', {{ day }}) + interval '1' {{ part }} - interval '1' day as date)
{%- endmacro %}

{% macro iso_year(day) -%}
    cast(isoyear({{ day }}) as integer)
{%- endmacro %}

{% macro iso_week(day) -%}
    cast(extract(week from {{ day }}) as integer)
{%- endmacro %}

{#- 1 = Monday … 7 = Sunday. -#}
{% macro iso_weekday(day) -%}
    cast(isodow({{ day }}) as integer)
{%- endmacro %}

{#- Seconds since midnight of a TIMESTAMP. -#}
{% macro second_of_day(moment) -%}
    cast(extract(hour from {{ moment }}) * 3600 + extract(minute from {{ moment }}) * 60
        + extract(second from {{ moment }}) as integer)
{%- endmacro %}

{#- A relation of one column `date`: every day from first_day to last_day, both included. -#}
{% macro date_spine(first_day, last_day) -%}
    select cast(unnest(generate_series(cast({{ first_day }} as timestamp), cast({{ last_day }} as timestamp),
        interval '1' day)) as date) as date
{%- endmacro %}

{#- 'YYYY-MM' of a day. -#}
{% macro year_month(day) -%}
    substr(cast({{ day }} as varchar), 1, 7)
{%- endmacro %}

{#- 'YYYY-Www' of a day by ISO weeks. -#}
{% macro iso_year_week(day) -%}
    (cast({{ iso_year(day) }} as varchar) || '-W' || lpad(cast({{ iso_week(day) }} as varchar), 2, '0'))
{%- endmacro %}

{#- First and last day of a period by its name in the gap ledger: a day, 'YYYY-Www' or 'YYYY-MM'; NULL for no name. -#}
{% macro first_day_of_named(period) -%}
    case
        when {{ period }} like '____-W__' then cast(strptime({{ period }} || '-1', '%G-W%V-%u') as date)
        when length({{ period }}) = 7 then cast({{ period }} || '-01' as date)
        else cast({{ period }} as date)
    end
{%- endmacro %}

{% macro last_day_of_named(period) -%}
    case
        when {{ period }} like '____-W__' then cast(strptime({{ period }} || '-7', '%G-W%V-%u') as date)
        when length({{ period }}) = 7 then {{ last_day_of('month', "cast(" ~ period ~ " || '-01' as date)") }}
        else cast({{ period }} as date)
    end
{%- endmacro %}

{#- dd/mm/yyyy, as people of the province write a day. -#}
{% macro vietnamese_date(day) -%}
    (substr(cast({{ day }} as varchar), 9, 2) || '/' || substr(cast({{ day }} as varchar), 6, 2) || '/'
        || substr(cast({{ day }} as varchar), 1, 4))
{%- endmacro %}

{#- Deterministic surrogate key: MD5 of the parts, NULL read as ''. -#}
{% macro surrogate_key(parts) -%}
    md5(
    {%- for part in parts -%}
        coalesce(cast({{ part }} as varchar), ''){{ " || '|' || " if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}

{#- The rows of a relation once for each part of a text with "; " between: `part`, and `nth` from 1. -#}
{% macro each_part(relation, column) -%}
    select
        *,
        unnest(string_split({{ column }}, '; ')) as part,
        generate_subscripts(string_split({{ column }}, '; '), 1) as nth
    from {{ relation }}
{%- endmacro %}

{#- Values of a column in the order of another, joined by `separator`. -#}
{% macro ordered_list(column, separator, order) -%}
    string_agg({{ column }}, '{{ separator }}' order by {{ order }})
{%- endmacro %}

{#- Distinct values of a column, in alphabetical order, joined by ', '. -#}
{% macro joined_list(column) -%}
    string_agg(distinct {{ column }}, ', ' order by {{ column }})
{%- endmacro %}

{#-
    Sum of DOUBLEs that is the same whatever the order of the rows. They are added up as decimals of six places, which
    hold hectares and hours as well as đồng. Whole part and fraction are cast separately, because the engine's cast
    multiplies by a million first, by which billions of đồng lose their last digits.
-#}
{% macro exact_sum(column) -%}
    cast(sum(
        cast(cast(trunc({{ column }}) as bigint) as decimal(28, 6))
        + cast({{ column }} - trunc({{ column }}) as decimal(28, 6))
    ) as double)
{%- endmacro %}

{#- One row for each piece of a text between separators. -#}
{% macro split_rows(column, separator) -%}
    unnest(string_split({{ column }}, '{{ separator }}'))
{%- endmacro %}

{#- Rows of a relation that satisfy a condition, as an integer. -#}
{% macro count_if(condition) -%}
    sum(case when {{ condition }} then 1 else 0 end)
{%- endmacro %}

{#- Middle value, as an aggregate or over a window. -#}
{% macro median(column) -%}
    median({{ column }})
{%- endmacro %}

{#- Folder of a path with '/', without the '/'; '' when it lies in none. -#}
{% macro folder_of(path) -%}
    rtrim(regexp_replace({{ path }}, '[^/]*$', ''), '/')
{%- endmacro %}

{#- What the files of one pull begin with: the path up to the number of the page ("7/20250701-20250731_trang 2.json"),
    else the folder; '' when neither tells that a file is a page. -#}
{% macro pull_of(path) -%}
    {%- set page = '(page|trang|tr|p)[^\\pL\\d/]*\\d+( ?\\(\\d+\\))?\\.[^./]*$' -%}
    case
        when regexp_matches({{ path }}, '(?i)(/|[^\pL/]){{ page }}')
            then rtrim(regexp_replace({{ path }}, '(?i)(/|[^\pL/]){{ page }}', ''), '/ _-.')
        when regexp_matches({{ path }}, '(?i)^{{ page }}') then regexp_extract({{ path }}, '^\pL+')
        else {{ folder_of(path) }}
    end
{%- endmacro %}

{#- The number of a page in its name ("page-0001 (2).json" → '0001'); NULL for a file that is not named as a page. -#}
{% macro page_of(path) -%}
    nullif(regexp_extract(
        {{ path }}, '(?i)(?:^|/|[^\pL/])(?:page|trang|tr|p)[^\pL\d/]*(\d+)(?: ?\(\d+\))?\.[^./]*$', 1
    ), '')
{%- endmacro %}

{#- A DOUBLE as text, without ".0" when it is whole; '-' when it is unknown. -#}
{% macro plain_number(number) -%}
    case
        when {{ number }} is null then '-'
        when {{ number }} = floor({{ number }}) then cast(cast({{ number }} as bigint) as varchar)
        else cast({{ number }} as varchar)
    end
{%- endmacro %}
