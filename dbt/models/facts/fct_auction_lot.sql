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

banded as (

    -- One row per round whose deposit can be judged. No register says who bids, and some not for what the land is: a
    -- deposit is out of band only when it lies outside every band that could apply on the day of the auction. Half a
    -- thousandth is allowed for rounding.
    select
        ranked.lot_key,
        ranked.round_key,
        max(
            case
                when
                    ranked.deposit * 1.0 / nullif(ranked.start_price, 0)
                    not between band.lowest_share - 0.0005 and band.highest_share + 0.0005
                    then 0
                else 1
            end
        ) = 0 as is_deposit_out_of_band
    from ranked
    inner join {{ ref('deposit_band') }} as band
        on
            ranked.auction_date between band.valid_from and coalesce(band.valid_to, ranked.auction_date)
            and (ranked.land_use is null or {{ land_use_kind('ranked.land_use') }} = band.land_use)
    group by ranked.lot_key, ranked.round_key

),

compared as (

    select
        ranked.*,
        ranked.is_sold and {{ count_if('ranked.is_sold') }} over (partition by ranked.lot_key) > 1 as is_sold_twice,
        coalesce(banded.is_deposit_out_of_band, false) as is_deposit_out_of_band
    from ranked
    left join banded on ranked.lot_key = banded.lot_key and ranked.round_key = banded.round_key

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
