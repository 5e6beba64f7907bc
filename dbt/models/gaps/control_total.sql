{{ published() }}

-- Each total that an accepted file states, beside the same total computed from its rows. All pages of a pull state the
-- total of the whole pull: it is compared with the sum over its pages (identical pages are one file), and `file` is
-- then what the names of the pages begin with.
with stated as (

    select
        stated_total.feed_id,
        stated_total.area,
        stated_total.measure,
        stated_total.stated,
        stated_total.computed,
        stated_total.batch_id,
        feed.delivery = 'delta' and {{ pull_of('file.file') }} <> '' as is_page,
        file.file,
        stated_total.scope
    from {{ ref('stg_stated_total') }} as stated_total
    inner join {{ ref('int_source_file') }} as file
        on stated_total.feed_id = file.feed_id and stated_total.batch_id = file.batch_id
    inner join {{ ref('stg_feed') }} as feed on stated_total.feed_id = feed.feed_id

),

whole as (

    select
        feed_id,
        file,
        scope,
        stated,
        computed,
        measure,
        batch_id,
        area
    from stated
    where not is_page

    union all

    select
        feed_id,
        {{ pull_of('file') }} as file,
        'pull' as scope,
        max(stated) as stated,
        sum(computed) as computed,
        measure,
        min(batch_id) as batch_id,
        area
    from stated
    where is_page
    group by feed_id, {{ pull_of('file') }}, measure, area

    union all

    -- An official plan beside the sum of the projects that it is about.
    select
        'plan_decision' as feed_id,
        official.source as file,
        official.scope || ' ' || cast(official.plan_year as varchar) as scope,
        official.denominator as stated,
        sum(atom.denominator) as computed,
        official.kpi_id as measure,
        cast(null as varchar) as batch_id,
        cast(null as varchar) as area
    from {{ ref('int_kpi_official') }} as official
    inner join {{ ref('int_kpi_atom_investment') }} as atom
        on
            official.kpi_id = atom.kpi_id
            and atom.dimension = ''
            and (official.grain = 'province' or official.unit_code = atom.former_province_code)
    group by official.source, official.scope, official.plan_year, official.denominator, official.kpi_id

    union all

    -- The Prime Minister's plan is part of the total plan of its scope: at least it is stated.
    select
        'plan_decision' as feed_id,
        source as file,
        scope || ' ' || cast(plan_year as varchar) as scope,
        cast(plan_total as double) as stated,
        cast(plan_pm as double) as computed,
        'plan_total_above_plan_pm' as measure,
        cast(null as varchar) as batch_id,
        cast(null as varchar) as area
    from {{ ref('mart_plan_decision') }}
    where is_current and plan_total is not null and plan_pm is not null

    union all

    select
        feed_id,
        'du_an' as file,
        area || ' ' || cast(plan_year as varchar) as scope,
        cast(sum(coalesce(plan_local, 0) + coalesce(plan_carried, 0)) as double) as stated,
        cast(sum(coalesce(plan_pm, 0)) as double) as computed,
        'plan_total_above_plan_pm' as measure,
        cast(null as varchar) as batch_id,
        area
    from {{ ref('fct_disbursement') }}
    where is_current
    group by feed_id, area, plan_year

),

final as (

    select
        feed_id,
        file,
        scope,
        stated,
        computed,
        stated - computed as difference,
        coalesce(
            abs(stated - computed) < 1e-6 or measure = 'plan_total_above_plan_pm' and stated > computed, false
        ) as is_equal,
        measure,
        batch_id,
        area
    from whole

)

select * from final
