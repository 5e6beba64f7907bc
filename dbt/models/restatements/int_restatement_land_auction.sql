-- Restated figures of land auctions. The progress of a lot (bidders, winner, payments, status) is no restatement.
{{ keyed_restatement(
    'int_auction_statement', 'fct_auction_lot', "lot_key || '|' || round_key", ['lot_key', 'round_key'],
    ['auction_date', 'area_m2', 'start_price', 'deposit', 'winning_price', 'unit_code'],
    stated_on='stated_on'
) }}
