{{ published() }}

-- Facts that an office stated differently later: keys that a period sent again no longer holds, changed receipts, due
-- dates, units and amounts, and whatever else a period sent again changes. The progress of a dossier from one period to
-- the next is no restatement; it stands in fct_dossier_history.
with vanished as (

    -- Numbers that only replaced files hold.
    select
        replaced.dossier_id as key,
        sheet.feed_id,
        max(sheet.file_rank) as file_rank
    from {{ ref('int_procedure_statement') }} as replaced
    inner join {{ ref('int_source_sheet') }} as sheet on replaced.sheet_number = sheet.sheet_number
    where
        replaced.is_superseded
        and not replaced.is_quarantined
        and not replaced.is_after_as_of
        and not exists (
            select 1
            from {{ ref('int_procedure_statement') }} as live
            where live.is_live and live.dossier_id = replaced.dossier_id
        )
    group by replaced.dossier_id, sheet.feed_id

),

{{ vanished_key('dossier_id') }},

statement as (

    select
        row_of_file.dossier_id,
        row_of_file.feed_id,
        row_of_file.batch_id,
        row_of_file.statement_id,
        statement.stated_at,
        row_of_file.received_at,
        row_of_file.due_at,
        row_of_file.finished_at,
        row_of_file.status_code,
        row_of_file.fee,
        row_of_file.procedure_code,
        row_of_file.channel,
        row_of_file.returned_at,
        row_of_file.is_result_digitised,
        row_of_file.origin_dossier_id,
        {{ kept_unit('unit_code', 'row_of_file') }} as unit_code,
        coalesce(
            {{ kept_unit('commune_code', 'row_of_file') }},
            {{ kept_unit('unit_level', 'row_of_file') }} || {{ kept_unit('unit_code', 'row_of_file') }}
        ) as unit_place
    from {{ ref('int_procedure_row') }} as row_of_file
    inner join {{ ref('int_procedure_statement') }} as statement
        on row_of_file.statement_id = statement.statement_id
    left join {{ ref('int_dossier_carried') }} as carried on row_of_file.statement_id = carried.statement_id
    where not statement.is_single and not statement.is_quarantined and not statement.is_after_as_of

),

compared as (

    select
        *,
        lag(received_at) over oldest_first as old_received_at,
        lag(due_at) over oldest_first as old_due_at,
        lag(finished_at) over oldest_first as old_finished_at,
        lag(status_code) over oldest_first as old_status_code,
        lag(fee) over oldest_first as old_fee,
        lag(procedure_code) over oldest_first as old_procedure_code,
        lag(channel) over oldest_first as old_channel,
        lag(returned_at) over oldest_first as old_returned_at,
        lag(is_result_digitised) over oldest_first as old_is_result_digitised,
        lag(origin_dossier_id) over oldest_first as old_origin_dossier_id,
        lag(unit_code) over oldest_first as old_unit_code,
        lag(unit_place) over oldest_first as old_unit_place,
        lag(batch_id) over oldest_first as old_batch_id,
        lag(feed_id) over oldest_first as old_feed_id
    from statement
    window oldest_first as (partition by dossier_id order by stated_at asc nulls first, statement_id asc)

),

placed as (

    select
        compared.*,
        file.file,
        file.data_date,
        -- The same period was sent again with the same data date: what looks like progress is a restatement too.
        coalesce(
            old_file.feed_id = compared.feed_id
            and old_file.is_superseded
            and old_file.period_start = file.period_start
            and old_file.data_date = file.data_date,
            false
        ) as is_sent_again
    from compared
    inner join {{ ref('int_source_file') }} as file
        on compared.feed_id = file.feed_id and compared.batch_id = file.batch_id
    inner join {{ ref('int_source_file') }} as old_file
        on compared.old_feed_id = old_file.feed_id and compared.old_batch_id = old_file.batch_id

),

{#- column, what is another value of it, whether its change goes on from one period to the next -#}
{%- set facts = [
    ('received_at', is_other_day('old_received_at', 'received_at'), false),
    ('due_at', is_other_day('old_due_at', 'due_at'), false),
    ('unit_code', 'old_unit_place is distinct from unit_place', false),
    ('fee', 'old_fee is distinct from fee', false),
    ('status_code', 'old_status_code is distinct from status_code', true),
    ('finished_at', is_other_day('old_finished_at', 'finished_at'), true),
    ('returned_at', is_other_day('old_returned_at', 'returned_at'), true),
    ('procedure_code', 'old_procedure_code is distinct from procedure_code', true),
    ('channel', 'old_channel is distinct from channel', true),
    ('is_result_digitised', 'old_is_result_digitised is distinct from is_result_digitised', true),
    ('origin_dossier_id', 'old_origin_dossier_id is distinct from origin_dossier_id', true),
] %}

changed_fact as (
    {% for column, is_other, is_progress in facts %}
        select
            dossier_id as key,
            '{{ column }}' as column_name,
            cast(old_{{ column }} as varchar) as old_value,
            cast({{ column }} as varchar) as new_value,
            data_date as first_seen,
            file,
            feed_id,
            batch_id
        from placed
        where
            {{ 'is_sent_again' if is_progress else '(is_sent_again or old_' ~ column ~ ' is not null)' }}
            and {{ is_other }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- What a later reading of the same file changed.
reread as (

    select
        row_of_file.dossier_id as key,
        reread.column_name,
        reread.old_value,
        reread.new_value,
        min(reread.read_again_on) as first_seen,
        file.file,
        file.feed_id,
        file.batch_id
    from {{ ref('stg_reread') }} as reread
    inner join {{ ref('int_procedure_row') }} as row_of_file
        on
            reread.feed_id = row_of_file.feed_id
            and reread.batch_id = row_of_file.batch_id
            and reread.source_sheet is not distinct from row_of_file.source_sheet
            and reread.source_row = row_of_file.source_row
    inner join {{ ref('int_source_file') }} as file
        on reread.feed_id = file.feed_id and reread.batch_id = file.batch_id
    where
        not row_of_file.is_superseded
        and reread.column_name in (
            {% for column, is_other, is_progress in facts %}
                '{{ column }}'{{ ", " if not loop.last }}
            {% endfor %}
        )
    group by all

),

unioned as (

    select * from vanished_key
    union all
    select * from reread
    union all
    select * from changed_fact

),

final as (

    select
        'fct_dossier' as "table",  -- noqa: RF06
        key,
        column_name as "column",
        old_value,
        new_value,
        first_seen,
        file,
        feed_id,
        batch_id
    from unioned
    {% for domain in keyed_domains() %}
        union all

        select
            table_name as "table",  -- noqa: RF06
            key,
            column_name as "column",
            old_value,
            new_value,
            first_seen,
            file,
            feed_id,
            batch_id
        from {{ ref('int_restatement_' ~ domain) }}
    {% endfor %}
)

select * from final
