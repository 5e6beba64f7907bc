"""One landing asset per feed, with a check for each expectation that its rows are held against."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.verdicts import FILES_CHECK, FILES_CHECK_VI
from dagster_project.core.names import make_slug
from dagster_project.defs.standing import report_standing
from dagster_project.defs.translator import make_landing_key, make_office_key
from dagster_project.ingest.landing.landing import FeedLanding
from dagster_project.night.session import NightSession
from dagster_project.quality.judge import list_suite_checks

_PERIOD_DAYS = {"nightly": 1, "weekly": 7, "twice_monthly": 16, "monthly": 31}
LandingEvent = dg.MaterializeResult[None] | dg.AssetCheckResult


def build_landing_assets(registry: Registry) -> list[dg.AssetsDefinition]:
    """Build the landing assets of all feeds. Each succeeds whatever its files are: a dead feed stops no other.

    One may run alone, and so may any of its checks: that lands what is new of this feed and judges it, no more.
    """
    return [_build_landing_asset(feed) for feed in registry.feeds.values()]


def _build_landing_asset(feed: Feed) -> dg.AssetsDefinition:
    expectations = {e["meta"]["check"]: e for e in list_suite_checks(feed.domain)}
    checks = [
        dg.AssetCheckSpec(name, asset=make_landing_key(feed.feed_id), description=expectation.get("description"))
        for name, expectation in expectations.items()
    ]
    checks.append(dg.AssetCheckSpec(FILES_CHECK, asset=make_landing_key(feed.feed_id), description=FILES_CHECK_VI))

    @dg.multi_asset(name=f"landing_{feed.feed_id}", specs=[describe_landing(feed)], check_specs=checks, can_subset=True)
    def landing(context: dg.AssetExecutionContext, night: dg.ResourceParam[NightSession]) -> Iterator[LandingEvent]:
        landed = night.land(feed.feed_id)
        fault = night.faults.feeds.get(feed.feed_id)
        if landed.new_files:  # what is read again the office has not sent again
            context.log_event(
                dg.AssetMaterialization(make_office_key(feed.feed_id), metadata={"tệp mới": landed.new_files})
            )
        if context.selected_asset_keys:
            yield _report_landing(feed, landed)
        found = {result.check_name: result for result in _report_checks(feed, landed, fault)}
        standing = {check.name: check for check in night.list_standing_checks(feed.feed_id)}
        for key in sorted(context.selected_asset_check_keys):
            if key.name in found:
                yield found[key.name]
            elif key.name in standing:
                yield report_standing(key, standing[key.name])
            elif key.name == FILES_CHECK:
                yield dg.AssetCheckResult(
                    asset_key=key.asset_key, check_name=FILES_CHECK, passed=True, description="Chưa có tệp nào."
                )

    return landing


def describe_office(feed: Feed) -> dg.AssetSpec:
    """Describe what the office delivers: nothing here makes it.

    Its freshness is the layout's rhythm, by the days on which something new was landed; `arrived_on_time` of the
    landing asset tells the same by the data dates.
    """
    rhythm = feed.layout.rhythm
    period = timedelta(days=_PERIOD_DAYS[rhythm.cadence])
    return dg.AssetSpec(
        make_office_key(feed.feed_id),
        description=f"{feed.title_vi}: {feed.layout.owner_vi} gửi.",
        group_name="offices",
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=period + timedelta(days=rhythm.max_age_days),
            warn_window=period + timedelta(days=rhythm.late_after_days),
        ),
    )


def describe_landing(feed: Feed) -> dg.AssetSpec:
    """Describe a feed by what the registry knows of it."""
    layout = feed.layout
    return dg.AssetSpec(
        make_landing_key(feed.feed_id),
        deps=[make_office_key(feed.feed_id)],
        description=f"{feed.title_vi}. {feed.contract.grain_vi}",
        group_name=feed.domain,
        owners=[f"team:{make_slug(layout.owner_vi)}"],
        kinds={layout.reader.kind.split("_")[0], "parquet"},
        metadata={
            "đơn vị gửi": layout.owner_vi,
            "đơn vị khắc phục": layout.fixer_vi,
            "nhịp gửi": feed.cadence,
            "muộn sau (ngày)": layout.rhythm.late_after_days,
            "ngày số liệu cũ tối đa (ngày)": layout.rhythm.max_age_days,
        },
    )


def _report_landing(feed: Feed, landed: FeedLanding) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        make_landing_key(feed.feed_id),
        metadata={
            "tệp mới": landed.new_files,
            "tệp đọc lại": landed.read_again,
            "dòng đã đọc": landed.rows_read,
            "dòng bị cách ly": landed.rows_quarantined,
            "tệp bị chặn": len(landed.blocked),
        },
    )


def _report_checks(feed: Feed, landed: FeedLanding, fault: str | None) -> Iterator[dg.AssetCheckResult]:
    """Say how the new files fared; nothing of a feed that brought none, unless it could not be landed."""
    key = make_landing_key(feed.feed_id)
    reasons = dict(landed.blocked) | ({"*": fault} if fault else {})
    if landed.files or reasons:
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=FILES_CHECK,
            passed=not reasons,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"lý do": dg.MetadataValue.json(reasons)} if reasons else {},
        )
    for verdict in landed.checks:
        severity = dg.AssetCheckSeverity.ERROR if verdict.severity == "critical" else dg.AssetCheckSeverity.WARN
        yield dg.AssetCheckResult(
            asset_key=key, check_name=verdict.name, passed=verdict.passed, severity=severity, metadata=verdict.metadata
        )
