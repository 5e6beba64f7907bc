-- A part never exceeds its whole where offices state both: hectares and households of a clearance, hours of a line,
-- dossiers of the portal, households and money of each step of a clearance. (Of houses, lots, tasks, milestones,
-- devices and trained people the measure flags keep it; signatures and accounts may exceed the need, money may pass
-- 100 %.)
select
    value.kpi_id as what,
    value.period_kind,
    value.period_start,
    value.grain,
    value.unit_code,
    value.member,
    value.numerator as part,
    value.denominator as whole
from {{ ref('kpi_value') }} as value
where
    value.kpi_id in ('clearance_area', 'clearance_paid', 'centre_line', 'portal_progress')
    and value.numerator > value.denominator + 1e-6

{%- for part, whole in [('households_paid', 'households_approved'), ('budget_paid', 'budget_approved')] %}
    union all

    select
        '{{ part }}' as what,
        'to_date' as period_kind,
        cast(null as date) as period_start,
        'former_province' as grain,
        former_province_code as unit_code,
        '' as member,
        sum({{ part }}) as part,
        sum({{ whole }}) as whole
    from {{ ref('fct_site_clearance') }}
    where is_current and {{ part }} is not null and {{ whole }} is not null
    group by former_province_code
    having sum({{ part }}) > sum({{ whole }})
{%- endfor %}
