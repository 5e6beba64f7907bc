-- noqa: disable=LT02
{#-
    Every domain except procedures, whose models are built in another way: its statements and its fact. The one list for
    models and tests that go through all domains; each has a model int_restatement_<domain>.
-#}
{% macro keyed_domains() %}
{{ return({
    'national_portal': {'statement': 'int_portal_statement', 'fact': 'fct_portal_score'},
    'investment': {'statement': 'int_investment_statement', 'fact': 'fct_disbursement'},
    'land_auction': {'statement': 'int_auction_statement', 'fact': 'fct_auction_lot'},
    'site_clearance': {'statement': 'int_clearance_statement', 'fact': 'fct_site_clearance'},
    'housing': {'statement': 'int_household_statement', 'fact': 'fct_household'},
    'centre_readiness': {'statement': 'int_centre_statement', 'fact': 'fct_centre_readiness'},
    'directives': {'statement': 'int_directive_statement', 'fact': 'fct_directive'},
    'planning': {'statement': 'int_plan_statement', 'fact': 'fct_plan_milestone'},
}) }}
{% endmacro %}

{#-
    Statements about things that have a key: every landed row, with flags that say whether it repeats the one before it,
    whether its file was replaced, and whether it is the last live one of its key. Their order is by data date, then
    "lần n", then SHA-256, then in the file: by the day that the row's own sheet speaks of (an older sheet is history),
    then by place. `part`: the column of dates by which a register grows: a later file replaces the dates that it holds,
    and a date that it leaves out stays; what it repeats word for word was read before.
-#}
{% macro keyed_statement(staging, keys, part=none) %}
{%- set key_list = keys | join(', ') -%}
with statement as (

    select
        statement.*,
        file.file,
        file.file_rank,
        file.data_date,
        {% if part %}
            feed.delivery_period = 'register' as grows,
            case
                when feed.delivery_period = 'register'
                    then file.file_rank < max(file.file_rank) over (partition by statement.feed_id, statement.{{ part }})
                else file.is_superseded
            end as is_superseded
        {% else %}
            file.is_superseded
        {% endif %}
    from {{ ref(staging) }} as statement
    inner join {{ ref('int_source_file') }} as file
        on statement.feed_id = file.feed_id and statement.batch_id = file.batch_id
    {% if part %}
        inner join {{ ref('stg_feed') }} as feed on statement.feed_id = feed.feed_id
    {% endif %}

),

final as (

    select
        statement.*,
        coalesce(content_hash = lag(content_hash) over oldest_first, false) as is_duplicate,
        {% if part %}
            grows
            and coalesce(
                content_hash = lag(content_hash) over oldest_first and file_rank > lag(file_rank) over oldest_first,
                false
            )
        {% else %}
            false
        {% endif %} as is_read_before,
        not is_superseded
        and row_number() over (
            partition by {{ key_list }}, is_superseded
            order by file_rank desc, sheet_date desc nulls last, sheet_no desc nulls last, source_row desc nulls last
        ) = 1 as is_latest
    from statement
    window oldest_first as (
        partition by {{ key_list }}
        order by file_rank asc, sheet_date asc nulls first, sheet_no asc nulls first, source_row asc nulls first
    )

)

select * from final
{% endmacro %}

{#-
    Restatements of a thing that has a key, as rows of mart `restatement`: keys that only replaced files hold, and
    columns to which a later file gives another value. Two files are compared by the last that each says of the key.
    `key`: SQL text over the columns; `columns`: those whose change is a restatement whenever it is stated; `progress`:
    those that go on from one period to the next, and are restated only when the same period is sent again, by a file
    of the same data date that replaces the other. `is_of_period`: the key itself names the day that a statement is
    about, so that each later file states that day again. `unit_code` counts as changed when the place has changed: a
    former commune and the new commune that holds it are one place.
-#}
{% macro keyed_restatement(
    statement_model, table, key, keys, columns, progress=[], is_of_period=false
) %}
{%- set of_key = keys | join(', ') -%}
with statement as (

    select
        *,
        {{ key }} as key,
        {{ place_key('commune_code', 'unit_level', 'unit_code') }} as unit_code_place
    from {{ ref(statement_model) }}

),

said as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ of_key }}, file_rank
                order by sheet_date desc nulls last, sheet_no desc nulls last, source_row desc nulls last
            ) as newest_first
        from statement
    ) as numbered
    where newest_first = 1

),

compared as (

    select
        key,
        {% for column in columns + progress %}
            {{ column }},
            lag({{ column }}) over oldest_first as old_{{ column }},
        {% endfor %}
        unit_code_place,
        lag(unit_code_place) over oldest_first as old_unit_code_place,
        coalesce(
            lag(feed_id) over oldest_first = feed_id
            {% if not is_of_period %}
                and lag(is_superseded) over oldest_first
                and lag(data_date) over oldest_first = data_date
            {% endif %},
            false
        ) as is_sent_again,
        feed_id,
        batch_id,
        file,
        data_date
    from said
    window oldest_first as (partition by {{ of_key }} order by file_rank asc)

),

changed as (
    {% for column in columns + progress %}
        {%- set told = column ~ '_place' if column == 'unit_code' else column %}
        select
            key,
            '{{ column }}' as column_name,
            cast(old_{{ column }} as varchar) as old_value,
            cast({{ column }} as varchar) as new_value,
            data_date as first_seen,
            file,
            feed_id,
            batch_id
        from compared
        where
            {{ 'is_sent_again' if column in progress else '(is_sent_again or old_' ~ column ~ ' is not null)' }}
            and old_{{ told }} is distinct from {{ told }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

reread as (

    select
        said.key,
        reread.column_name,
        reread.old_value,
        reread.new_value,
        min(reread.read_again_on) as first_seen,
        said.file,
        said.feed_id,
        said.batch_id
    from {{ ref('stg_reread') }} as reread
    inner join said
        on
            reread.feed_id = said.feed_id
            and reread.batch_id = said.batch_id
            and reread.source_sheet is not distinct from said.source_sheet
            and reread.source_row = said.source_row
            and reread.content_hash = said.content_hash
    where
        not said.is_superseded
        and reread.column_name in (
            {% for column in columns + progress %}
                '{{ column }}'{{ ", " if not loop.last }}
            {% endfor %}
        )
    group by all

),

vanished as (

    select
        statement.key,
        max(statement.file_rank) as file_rank
    from statement
    where
        statement.is_superseded
        and not exists (
            select 1
            from statement as live
            where live.key = statement.key and not live.is_superseded
        )
    group by statement.key

),

{{ vanished_key('key') }},

final as (

    select
        '{{ table }}' as table_name,
        unioned.*
    from (
        select * from changed
        union all
        select * from reread
        union all
        select * from vanished_key
    ) as unioned

)

select * from final
{% endmacro %}

{#-
    CTE `vanished_key` from a CTE `vanished`: `key`, one that only replaced files hold, and `file_rank`, the last file
    that held it. Each is told as missing in the file that replaced that one.
-#}
{% macro vanished_key(column_name) %}
vanished_key as (

    select
        vanished.key,
        '{{ column_name }}' as column_name,
        vanished.key as old_value,
        cast(null as varchar) as new_value,
        live.data_date as first_seen,
        live.file,
        live.feed_id,
        live.batch_id
    from vanished
    inner join {{ ref('int_source_file') }} as replaced on vanished.file_rank = replaced.file_rank
    inner join {{ ref('int_source_file') }} as live on replaced.live_file_rank = live.file_rank

)
{% endmacro %}
