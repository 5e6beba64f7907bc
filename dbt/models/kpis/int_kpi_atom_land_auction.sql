-- KPI atoms of land auctions at D: each lot once, by its last round offered in the year.
with lot as (

    select * from {{ ref('fct_auction_lot') }}
    where is_counted

),

{%- set ratios = [
    ('auction_sold', 'case when is_sold then 1 else 0 end', '1', 'true'),
    ('auction_revenue', 'case when is_sold then coalesce(winning_price, 0) else 0 end', 'start_price',
        'start_price is not null'),
    ('auction_premium', 'winning_price - start_price', 'start_price',
        'is_sold and winning_price is not null and start_price is not null'),
    ('auction_collected', 'coalesce(paid_amount, 0)', 'winning_price', 'is_sold and winning_price is not null'),
] %}

measure as (
    {% for kpi_id, numerator, denominator, condition in ratios %}
        select
            '{{ kpi_id }}' as kpi_id,
            commune_code,
            former_province_code,
            {{ numerator }} as numerator,
            {{ denominator }} as denominator
        from lot
        where {{ condition }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

{{ stock_atoms('land_auction', ['commune_code', 'former_province_code']) }}
