-- noqa: disable=LT02
{#-
    KPI atoms of a stock at D: what the measure flags of `fact` add up to. `kpis`: (kpi_id, dimension, column of its
    member), '' for the whole; `counts`: those that have no denominator; `told`: the columns of unit that the domain
    tells apart; `remaining`: for a KPI that ends on a day, the column of what is still to do at D. The year to date is
    their only period.
-#}
{% macro stock_atoms(domain, fact, kpis, told, counts=(), remaining={}) %}
{%- set places = {
    'commune_code': 'commune_code',
    'unit_code': department_code('attribution', 'unit_code'),
    'former_province_code': 'former_province_code'
} -%}
with measure as (
    {% for kpi_id, dimension, column in kpis %}
        select
            '{{ kpi_id }}' as kpi_id,
            {% for name, place in places.items() %}
                {{ place if name in told else 'cast(null as varchar)' }} as {{ name }},
            {% endfor %}
            '{{ dimension }}' as dimension,
            {{ column or "''" }} as member,
            {{ kpi_id }}_met as numerator,
            {{ 'null' if kpi_id in counts else kpi_id ~ '_counted' }} as denominator,
            {{ remaining[kpi_id] if kpi_id in remaining else 'null' }} as remaining
        from {{ ref(fact) }}
        where {{ kpi_id }}_counted is not null {{ "and " ~ column ~ " is not null" if column }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

period as (

    select * from {{ ref('int_period') }}
    where domain = '{{ domain }}' and period_kind = 'to_date'

),

final as (

    select
        measure.kpi_id,
        period.period_kind,
        period.period_start,
        period.period_end,
        measure.commune_code,
        measure.unit_code,
        measure.former_province_code,
        measure.dimension,
        measure.member,
        {{ exact_sum('measure.numerator') }} as numerator,
        {{ exact_sum('measure.denominator') }} as denominator,
        cast(null as bigint) as decided,
        cast(null as bigint) as paused,
        cast(sum(measure.remaining) as bigint) as remaining
    from measure
    cross join period
    group by
        measure.kpi_id, period.period_kind, period.period_start, period.period_end, measure.commune_code,
        measure.unit_code, measure.former_province_code, measure.dimension, measure.member

)

select * from final
{% endmacro %}

{#-
    Whether a period of a feed that tells the state in parts is owed for the state at D. Of parts of months (lots of
    land) those of the KPI's period are: a lot counts in the year of its auction. Of a list that comes whole or in parts
    those up to the newest that was told: the whole list tells all before it.
-#}
{% macro is_part_owed(delivery_period, last_day, period_start, newest_told) -%}
    coalesce(
        {{ delivery_period }} = 'months' and {{ last_day }} >= {{ period_start }}
        or {{ delivery_period }} = 'register_or_part' and {{ last_day }} <= {{ newest_told }},
        false
    )
{%- endmacro %}

{#-
    Coverage of a reported stock, commune by commune. Communes in `fact` (under `condition`) have something to report. A
    commune that has nothing to report owes no report, with exceptions: as long as the first file of a feed, or a part
    of the state, is missing, every commune of the area owes one; so it does where every commune sends a file of its
    own, and where all that arrived of a commune was refused. One file covers an area, so that its newest day is that of
    all its communes; a commune that sends its own has its own. Of a state told in parts the share of the parts that
    came has been reported. A figure older than `max_age_days` is stale: it stays in the sums and counts as not reported.
-#}
{% macro stock_coverage(domain, fact, condition='true') %}
with period as (

    select * from {{ ref('int_period') }}
    where domain = '{{ domain }}' and period_kind = 'to_date'

),

file as (

    select * from {{ ref('int_source_file') }}
    where domain = '{{ domain }}' and state = 'accepted' and not is_superseded

),

told as (

    select
        fact.commune_code,
        file.data_date
    from {{ ref(fact) }} as fact
    inner join file on fact.feed_id = file.feed_id and fact.batch_id = file.batch_id
    where fact.commune_code is not null and {{ condition }}

    union all

    -- A commune's own file is its report even when it has no rows, but not when rows of it were refused.
    select
        scope as commune_code,
        data_date
    from file
    where scope is not null and rows_quarantined = 0

),

item as (

    select
        commune_code,
        max(data_date) as data_date
    from told
    group by commune_code

),

sender as (

    select
        feed_id,
        scope,
        max(data_date) as data_date
    from file
    group by feed_id, scope

),

part as (

    -- Of each sender (NULL: the one of the whole area) the share of the parts due by now that live files tell.
    select
        sender.feed_id,
        sender.scope,
        count(distinct case when file.feed_id is not null then owed.expected_end end) * 1.0
        / count(distinct owed.expected_end) as share
    from sender
    cross join period
    inner join {{ ref('int_feed_expectation') }} as owed
        on
            sender.feed_id = owed.feed_id
            and owed.is_due
            and {{ is_part_owed(
                'owed.delivery_period', 'owed.expected_end', 'period.period_start', 'sender.data_date'
            ) }}
    left join file
        on
            sender.feed_id = file.feed_id
            and sender.scope is not distinct from file.scope
            and owed.expected_end between file.covers_from and file.covers_to
    group by sender.feed_id, sender.scope

),

feed as (

    select
        former_province.former_province_code,
        min(status.feed_id) as feed_id,
        max(status.as_of) as data_date,
        max(feed.max_age_days) as max_age_days,
        max(case when status.files_accepted > 0 then 1 else 0 end) as has_delivery,
        max(case when status.state <> 'not_expected' then 1 else 0 end) as is_expected,
        max(case when feed.every_unit_owes then 1 else 0 end) as every_unit_owes
    from {{ ref('feed_status') }} as status
    inner join {{ ref('stg_feed') }} as feed on status.feed_id = feed.feed_id
    inner join {{ ref('former_province') }} as former_province on status.area = former_province.area
    where status.domain = '{{ domain }}'
    group by former_province.former_province_code

),

refused as (

    select distinct
        feed_id,
        commune_code
    from {{ ref('int_refused_unit') }}

),

unit as (

    select
        unit.grain,
        unit.unit_code,
        feed.feed_id,
        case when item.commune_code is not null then 1 else 0 end as has_item,
        case when item.commune_code is null and refused.commune_code is not null then 1 else 0 end as is_refused,
        coalesce(feed.has_delivery, 0) as has_delivery,
        coalesce(feed.is_expected, 0) as is_expected,
        coalesce(feed.every_unit_owes, 0) as every_unit_owes,
        feed.max_age_days,
        case when feed.is_expected = 1 then coalesce(part.share, 1) else 1 end as share,
        case when feed.every_unit_owes = 1 then item.data_date else feed.data_date end as data_date
    from {{ ref('int_kpi_unit') }} as unit
    left join feed on unit.former_province_code = feed.former_province_code
    left join item on unit.unit_code = item.commune_code
    left join part
        on
            feed.feed_id = part.feed_id
            and part.scope is not distinct from case when feed.every_unit_owes = 1 then unit.unit_code end
    left join refused on feed.feed_id = refused.feed_id and unit.unit_code = refused.commune_code
    where unit.grain = 'commune'

),

final as (

    select
        true as is_stock,
        period.period_kind,
        period.period_start,
        unit.grain,
        unit.unit_code,
        unit.feed_id,
        case
            when unit.has_item = 1 or unit.is_refused = 1 then 1
            when unit.has_delivery = 0 or unit.share < 1 then unit.is_expected
            else unit.every_unit_owes * unit.is_expected
        end as owes,
        case
            when unit.is_refused = 1 or not {{ is_fresh('unit.data_date', 'unit.max_age_days') }} then 0
            when unit.has_item = 1 or unit.share < 1 and unit.every_unit_owes = 0 then unit.share
            else 0
        end as reports,
        -- A unit that sends its own has 0 when its own file came; any other, when the file of its area did.
        case
            when unit.is_refused = 1 then 0
            when unit.every_unit_owes = 1 or unit.share < 1 then greatest(unit.has_item, 1 - unit.is_expected)
            else greatest(unit.has_delivery, 1 - unit.is_expected)
        end as has_delivery,
        case
            when unit.data_date is not null and not {{ is_fresh('unit.data_date', 'unit.max_age_days') }} then 1
            else 0
        end as has_stale,
        case when unit.has_item = 1 and unit.share = 1 then 0 else 1 end as is_unknown,
        unit.data_date
    from period
    cross join unit

)

select * from final
{% endmacro %}

{#-
    Coverage of a register that one office keeps for all units, from a CTE `item`: `unit_code` of each unit in it. When
    the register came, all of them have reported, but those of which all rows were refused; when it is missing or stale,
    none.
-#}
{% macro register_coverage(domain) %}
period as (

    select * from {{ ref('int_period') }}
    where domain = '{{ domain }}' and period_kind = 'to_date'

),

feed as (

    select
        status.feed_id,
        status.as_of as data_date,
        -- One register speaks for all units: once it came, a unit that is not in it has 0.
        case when status.files_accepted > 0 then 1 else 0 end as has_delivery,
        case when {{ is_fresh('status.as_of', 'feed.max_age_days') }} then 0 else 1 end as is_old
    from {{ ref('feed_status') }} as status
    inner join {{ ref('stg_feed') }} as feed on status.feed_id = feed.feed_id
    where status.domain = '{{ domain }}'

),

refused as (

    select distinct
        feed_id,
        commune_code
    from {{ ref('int_refused_unit') }}

),

final as (

    select
        true as is_stock,
        period.period_kind,
        period.period_start,
        unit.grain,
        unit.unit_code,
        feed.feed_id,
        case when coalesce(item.unit_code, refused.commune_code) is not null then 1 else 0 end as owes,
        case when item.unit_code is not null then feed.has_delivery * (1 - feed.is_old) else 0 end as reports,
        case when refused.commune_code is not null then 0 else feed.has_delivery end as has_delivery,
        feed.has_delivery * feed.is_old as has_stale,
        case when refused.commune_code is not null then 1 else 1 - feed.has_delivery end as is_unknown,
        feed.data_date
    from period
    cross join feed
    inner join {{ ref('int_kpi_unit') }} as unit on unit.grain in ('commune', 'department')
    left join item on unit.unit_code = item.unit_code
    left join refused
        on
            item.unit_code is null
            and unit.grain = 'commune'
            and feed.feed_id = refused.feed_id
            and unit.unit_code = refused.commune_code

)

select * from final
{% endmacro %}
