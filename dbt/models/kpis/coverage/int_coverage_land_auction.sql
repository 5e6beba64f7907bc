-- Communes that owe a report of this domain at D: those with a lot in the register, offered or planned.
{{ stock_coverage('land_auction', 'fct_auction_lot') }}
