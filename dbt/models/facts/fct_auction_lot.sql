{{ published() }}

-- One row a round of a lot: the latest live statement. `is_counted` marks the round by which the lot counts at D: the
-- last one that was offered in D's year up to D.
with live as (

    select
        *,
        coalesce(
            {{ is_lot_offered('status') }}
            and auction_date between {{ first_day_of('year', as_of()) }} and {{ as_of() }},
            false
        ) as is_offered
    from {{ ref('int_auction_statement') }}
    where is_latest

),

final as (

    select
        {{ surrogate_key(['lot_key']) }} as lot_id,
        auction_no,
        site,
        lot,
        round,
        auction_date,
        announced_on,
        map_sheet,
        parcel,
        area_m2,
        land_use,
        start_price,
        deposit,
        bidders,
        winning_price,
        paid_amount,
        status,
        organiser,
        seller,
        is_offered,
        coalesce({{ is_lot_sold('status') }}, false) and auction_date <= {{ as_of() }} as is_sold,
        is_offered
        and row_number() over (
            partition by lot_key, is_offered order by auction_date desc, round desc nulls last, file_rank desc
        ) = 1 as is_counted,
        area,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row
    from live

)

select * from final
