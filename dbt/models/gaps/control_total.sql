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

page_content as (

    select
        feed_id,
        batch_id,
        cast(count(*) as varchar) || ' ' || cast(min(content_hash) as varchar) || ' '
        || cast(max(content_hash) as varchar) || ' ' || cast(sum(content_hash % 1000003) as varchar) as rows_said
    from {{ ref('stg_procedures') }}
    where
        batch_id in (
            select stated.batch_id
            from stated
            where stated.is_page
        )
    group by feed_id, batch_id

),

numbered_page as (

    select
        stated.*,
        coalesce(page_content.rows_said, stated.batch_id) as rows_said,
        row_number() over (
            partition by
                stated.feed_id, stated.measure, {{ pull_of('stated.file') }},
                coalesce({{ page_of('stated.file') }}, stated.batch_id)
            order by stated.file_rank desc
        ) as newest_of_number
    from stated
    left join page_content on stated.feed_id = page_content.feed_id and stated.batch_id = page_content.batch_id
    where stated.is_page

),

page as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by feed_id, measure, {{ pull_of('file') }}, rows_said order by file_rank desc
            ) as newest_of_content
        from numbered_page
        where newest_of_number = 1
    ) as told_once
    where newest_of_content = 1

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
    from page
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
