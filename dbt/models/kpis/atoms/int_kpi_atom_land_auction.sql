-- KPI atoms of land auctions at D: each lot once, by its last round offered in the year.
{{ stock_atoms(
    'land_auction', 'fct_auction_lot', [
        ('auction_sold', '', ''),
        ('auction_revenue', '', ''),
        ('auction_premium', '', ''),
        ('auction_collected', '', ''),
    ], told=['commune_code', 'former_province_code']
) }}
