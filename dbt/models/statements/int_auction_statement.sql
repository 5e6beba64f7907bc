-- Every landed statement about a round of a lot, with its flags. A lot is site + commune + lot.
{{ keyed_statement('stg_land_auction', ['lot_key', 'round_key']) }}
