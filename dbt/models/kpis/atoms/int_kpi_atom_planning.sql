-- KPI atoms of plans and organisation decisions at D, by the former province of the plan.
{{ stock_atoms('planning', 'fct_plan_milestone', [('plan_milestone', '', '')], told=['former_province_code']) }}
