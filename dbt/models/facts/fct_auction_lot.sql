{{ published() }}

-- One row per round of a lot: the latest live statement. A lot counts (`auction_sold_counted`) by one round alone: the
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

ranked as (

    select
        *,
        coalesce({{ is_lot_sold('status') }}, false) and auction_date <= {{ as_of() }} as is_sold,
        is_offered
        and row_number() over (
            partition by lot_key, is_offered order by auction_date desc, round desc nulls last, file_rank desc
        ) = 1 as is_last_offered
    from live

),

compared as (

    -- The band is a dated parameter; half a thousandth is allowed for rounding.
    select
        ranked.*,
        ranked.is_sold and {{ count_if('ranked.is_sold') }} over (partition by ranked.lot_key) > 1 as is_sold_twice,
        coalesce(
            ranked.deposit * 1.0 / nullif(ranked.start_price, 0)
            not between band.lowest_share - 0.0005 and band.highest_share + 0.0005,
            false
        ) as is_deposit_out_of_band
    from ranked
    left join {{ ref('deposit_band') }} as band
        on ranked.auction_date between band.valid_from and coalesce(band.valid_to, ranked.auction_date)

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
        is_sold,
        is_sold_twice,
        is_deposit_out_of_band,
        area,
        unit_code,
        unit_level,
        commune_code,
        former_province_code,
        attribution,
        batch_id,
        feed_id,
        source_sheet,
        source_row,
        {{ measure_flags('auction_sold', 'is_last_offered', 'is_sold') }},
        {{ measure_amounts(
            'auction_revenue', 'is_last_offered and start_price is not null', 'start_price',
            'case when is_sold then coalesce(winning_price, 0) else 0 end', 'bigint'
        ) }},
        {{ measure_amounts(
            'auction_premium',
            'is_last_offered and is_sold and winning_price is not null and start_price is not null', 'start_price',
            'winning_price - start_price', 'bigint'
        ) }},
        {{ measure_amounts(
            'auction_collected', 'is_last_offered and is_sold and winning_price is not null', 'winning_price',
            'coalesce(paid_amount, 0)', 'bigint'
        ) }}
    from compared

)

select * from final
