-- One row per round of a lot as landed. Prices in đồng, for the whole lot. A lot is known by site, commune and lot,
-- because its notice changes between rounds. A round without a number is told apart by its day.
with source as (

    select * from {{ source('landing', 'land_auction') }}

),

final as (

    select
        feed_id,
        area,
        batch_id,
        source_sheet,
        source_row,
        sheet_date,
        sheet_no,
        content_hash,
        auction_no,
        site,
        lot,
        lower(coalesce(site, '')) || '|' || {{ place_key('commune_code', 'unit_level', 'unit_code') }}
        || '|' || lower(lot) as lot_key,
        coalesce(cast(round as varchar), cast(auction_date as varchar)) as round_key,
        round,
        map_sheet,
        parcel,
        area_m2,
        land_use,
        start_price,
        deposit,
        bidders,
        winning_price,
        announced_on,
        auction_date,
        status,
        paid_amount,
        organiser,
        seller,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution
    from source

)

select * from final
