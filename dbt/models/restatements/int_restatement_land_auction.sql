-- Restated figures of land auctions. The progress of a lot (bidders, winner, payments, status) is one only in a
-- register sent again.
{{ keyed_restatement(
    'int_auction_statement', 'fct_auction_lot', "lot_key || '|' || round_key", ['lot_key', 'round_key'],
    ['auction_date', 'area_m2', 'start_price', 'deposit', 'winning_price', 'unit_code'],
    progress=[
        'auction_no', 'announced_on', 'map_sheet', 'parcel', 'land_use', 'bidders', 'paid_amount', 'status',
        'organiser', 'seller'
    ]
) }}
