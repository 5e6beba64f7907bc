{{ published() }}

-- Each total that an accepted file states, beside the same total computed from its rows. All pages of a pull state the
-- total of the whole pull: it is compared with the sum over its pages, and `file` is then what the names of the pages
-- begin with. A page that comes twice, by its number or with the same rows, counts once.
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
        file.file_rank,
        stated_total.scope
    from {{ ref('stg_stated_total') }} as stated_total
    inner join {{ ref('int_source_file') }} as file
        on stated_total.feed_id = file.feed_id and stated_total.batch_id = file.batch_id
    inner join {{ ref('stg_feed') }} as feed on stated_total.feed_id = feed.feed_id

),

numbered_page as (

    -- Of pages of one number the fullest.
    select
        *,
        row_number() over (
            partition by feed_id, measure, pull, coalesce({{ page_of('file') }}, batch_id)
            order by computed desc, file_rank desc
        ) as fullest_of_number
    from (
        select
            stated.*,
            {{ pull_of('stated.file') }} as pull
        from stated
        where stated.is_page
    ) as named

),

ordered_page as (

    select
        *,
        row_number() over (partition by feed_id, measure, pull order by computed desc, file_rank asc) as page_order,
        sum(computed) over (partition by feed_id, measure, pull) <> stated as is_odd
    from numbered_page
    where fullest_of_number = 1

),

row_of_page as (

    -- Only where the sum is not what was stated: to hold every row of every pull against the others would cost.
    select
        page.feed_id,
        page.measure,
        page.batch_id,
        page.page_order,
        min(page.page_order) over (
            partition by page.feed_id, page.measure, page.pull, landed.dossier_id, landed.content_hash
        ) as first_order
    from ordered_page as page
    inner join {{ ref('stg_procedures') }} as landed
        on page.feed_id = landed.feed_id and page.batch_id = landed.batch_id
    where page.is_odd

),

repeated_page as (

    -- A page all of whose rows stand on a fuller page came twice.
    select
        feed_id,
        measure,
        batch_id
    from row_of_page
    group by feed_id, measure, batch_id
    having max(case when first_order < page_order then 0 else 1 end) = 0

),

page as (

    select ordered_page.*
    from ordered_page
    left join repeated_page
        on
            ordered_page.feed_id = repeated_page.feed_id
            and ordered_page.measure = repeated_page.measure
            and ordered_page.batch_id = repeated_page.batch_id
    where repeated_page.batch_id is null

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
        pull as file,
        'pull' as scope,
        max(stated) as stated,
        sum(computed) as computed,
        measure,
        min(batch_id) as batch_id,
        area
    from page
    group by feed_id, pull, measure, area

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
