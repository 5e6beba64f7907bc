-- What a clerk would check by hand: steps within the step before them, parts within their whole, dates in order. Where
-- the facts break such a rule, the office that sent them has to hear of it: a feed that has more facts in breach than
-- rows in its gaps has some that nobody was told of.
{% set rules = [
    ('fct_site_clearance', 'cleared_above_area', 'area_cleared_ha > area_to_recover_ha'),
    ('fct_site_clearance', 'inventoried_above_households', 'households_inventoried > households'),
    ('fct_site_clearance', 'approved_above_inventoried', 'households_approved > households_inventoried'),
    ('fct_site_clearance', 'paid_above_approved', 'households_paid > households_approved'),
    ('fct_site_clearance', 'resettled_above_paid', 'households_resettled > households_paid'),
    ('fct_site_clearance', 'spent_above_budget', 'budget_paid > budget_approved'),
    ('fct_centre_readiness', 'more_signatures_than_needed', 'signatures_issued > signatures_needed'),
    ('fct_centre_readiness', 'more_accounts_than_needed', 'accounts_active > accounts_needed'),
    ('fct_centre_readiness', 'more_trained_than_staff', 'staff_trained > staff'),
    ('fct_household', 'completed_before_started', 'completed_on < started_on'),
    ('fct_household', 'handed_over_before_completed', 'handed_over_on < completed_on'),
    ('fct_directive', 'due_before_issued', 'due_on < issued_on'),
    ('fct_directive', 'done_before_issued', 'done_on < issued_on'),
    ('fct_plan_milestone', 'milestone_due_before_started', 'milestone_due < started_on'),
    ('fct_plan_milestone', 'milestone_done_before_started', 'milestone_done < started_on'),
    ('fct_auction_lot', 'auction_before_announced', 'auction_date < announced_on'),
] %}
with breach as (
    {% for fact, measure, condition in rules %}
        select
            feed_id,
            '{{ measure }}' as measure,
            count(*) as facts
        from {{ ref(fact) }}
        where {{ condition }}
        group by feed_id
        {{ "union all" if not loop.last }}
    {% endfor %}
    union all

    select
        'procedures_' || area as feed_id,
        'due_before_received' as measure,
        count(*) as facts
    from {{ ref('fct_dossier') }}
    where cast(due_at as date) < cast(received_at as date)
    group by area
)

select
    breach.feed_id,
    breach.measure,
    breach.facts,
    coalesce(sum(gap.rows_affected), 0) as rows_told
from breach
left join {{ ref('data_gap') }} as gap
    on breach.feed_id = gap.feed_id and breach.measure = gap.measure and gap.state <> 'resolved'
group by breach.feed_id, breach.measure, breach.facts
having breach.facts > coalesce(sum(gap.rows_affected), 0)
