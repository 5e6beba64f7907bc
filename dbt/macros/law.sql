{#- Rules of the law by date (docs/rules.md, "Law by date"). -#}

{#- Whether a row with valid_from and valid_to holds on a day; NULL at one end is open. -#}
{% macro is_in_force(day, row=none) -%}
    {%- set of = row ~ '.' if row else '' -%}
    (
        coalesce({{ of }}valid_from <= {{ day }}, true)
        and coalesce({{ of }}valid_to >= {{ day }}, true)
    )
{%- endmacro %}

{#- The name of an act in a part of a legal basis: without the article or the remark in brackets that follows it. -#}
{% macro act_of(part) -%}
    split_part(split_part({{ part }}, ', Điều ', 1), ' (', 1)
{%- endmacro %}

{#-
    A relation (`legal_basis`, `acts_in_force`): each legal basis of a seed, and those of its acts that are in force at
    D, in the order of the text. A basis may name acts that follow each other; readers are shown those of the day.
-#}
{% macro acts_in_force(seed) -%}
    select
        stated.legal_basis,
        {{ ordered_list('stated.part', '; ', 'stated.nth') }} as acts_in_force
    from (
        {{ each_part('(select distinct legal_basis from ' ~ ref(seed) ~ ') as basis', 'legal_basis') }}
    ) as stated
    inner join {{ ref('legal_act') }} as act
        on {{ act_of('stated.part') }} = act.act and {{ is_in_force(as_of(), 'act') }}
    group by stated.legal_basis
{%- endmacro %}

{#-
    A query of what is wrong with the basis of a rule on some day from `first_day` to `last_day`, one row per rule and
    act: an act that `legal_act` does not know, one that has lapsed and whose successor does not stand beside it in the
    basis, or one that is not in force yet and neither follows nor stands beside another act of the basis.
-#}
{% macro unlawful_rules(first_day, last_day) -%}
with rule as (

    {% for seed in var('dated_rules') %}
        {%- set key = var('dated_rules')[seed] %}
        {%- set from, to = ('date', 'date') if 'date' in key else ('valid_from', 'valid_to') %}
        select
            '{{ seed }}'{% for column in key %} || ' ' || coalesce(cast({{ column }} as varchar), ''){% endfor %} as rule,
            coalesce(legal_basis, '') as legal_basis,
            greatest(coalesce({{ from }}, {{ first_day }}), {{ first_day }}) as first_day,
            least(coalesce({{ to }}, {{ last_day }}), {{ last_day }}) as last_day
        from {{ ref(seed) }}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

holding as (

    select * from rule
    where first_day <= last_day

),

stated as (

    {{ each_part('holding', 'legal_basis') }}

),

judged as (

    select
        stated.rule,
        stated.first_day,
        stated.last_day,
        {{ act_of('stated.part') }} as act,
        legal_act.act is not null as is_known,
        legal_act.valid_from,
        legal_act.valid_to,
        legal_act.beside,
        '; ' || coalesce(legal_act.replaced_by, '') || ';' as heirs
    from stated
    left join {{ ref('legal_act') }} as legal_act on {{ act_of('stated.part') }} = legal_act.act

),

-- The other acts of a basis that may carry the rule in the place of one. Two rows of a rule hold on different days.
helped as (

    select
        judged.rule,
        judged.act,
        judged.first_day,
        judged.last_day,
        judged.is_known,
        judged.valid_from,
        judged.valid_to,
        coalesce(max(case
            when
                position('; ' || other.act || ';' in judged.heirs) > 0
                and coalesce(
                    other.valid_from <= greatest({{ date_add_days('judged.valid_to', 1) }}, judged.first_day), true
                )
                then 1
        end) = 1, false) as has_heir,
        coalesce(max(case
            when judged.beside = other.act or position('; ' || judged.act || ';' in other.heirs) > 0 then 1
        end) = 1, false) as has_elder
    from judged
    left join judged as other
        on judged.rule = other.rule and judged.first_day = other.first_day and judged.act <> other.act
    group by
        judged.rule, judged.act, judged.first_day, judged.last_day, judged.is_known, judged.valid_from, judged.valid_to

),

final as (

    select
        rule,
        act,
        valid_from,
        valid_to,
        case
            when act = '' then 'chưa ghi căn cứ'
            when not is_known then 'chưa có trong danh mục văn bản'
            when valid_to < last_day and not has_heir then 'hết hiệu lực'
            when valid_from > first_day and not has_elder then 'chưa có hiệu lực'
        end as fault
    from helped

)

select * from final
where fault is not null
{%- endmacro %}
