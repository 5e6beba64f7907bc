"""The end of the night: the published version, what people receive of it, and how fresh each feed is."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from dagster_project.contracts.gap_kinds import UNMET_STATES
from dagster_project.contracts.registry import Registry
from dagster_project.defs.assets.outputs import build_output_assets
from dagster_project.defs.failure import tell_faults
from dagster_project.defs.translator import make_landing_key
from dagster_project.night.session import NightSession
from dagster_project.night.steps import NothingToPublish, find_newest
from dagster_project.warehouse.query import ask

PUBLISHED = dg.AssetKey(["published"])
EXTRACTS = dg.AssetKey(["extracts"])
FRESHNESS_CHECK = "arrived_on_time"


def build_publish_assets(registry: Registry, marts: list[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """Build `published` after every mart, `extracts` and its outputs after it, and one freshness check per feed.

    Each may run alone: it takes what the steps before it left in the home, from this run or an earlier one.
    """

    @dg.asset(
        key=PUBLISHED,
        deps=marts,
        group_name="publish",
        description="Phiên bản đã kiểm tra, ghi sổ và mở cho người đọc (current.duckdb).",
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=48), warn_window=timedelta(hours=26)
        ),
    )
    def published(night: dg.ResourceParam[NightSession]) -> dg.MaterializeResult[None]:
        with tell_faults(night):
            done = night.publish()
            aside = night.describe_aside()
        told: dict[str, dg.RawMetadataValue] = {"phiên bản": done.version}
        if aside is not None:
            told["để riêng"] = aside
        if isinstance(done, NothingToPublish):
            told["không công bố lại"] = done.reason_vi
        else:
            told |= {"tệp": str(done.path), "đang là bản hiện hành": done.is_current}
        return dg.MaterializeResult(metadata=told)

    @dg.asset(
        key=EXTRACTS,
        deps=[PUBLISHED],
        group_name="publish",
        description="Thư mục của phiên bản: mọi thứ gửi lãnh đạo, cơ quan và chuyên viên, lập từ bản đã công bố.",
    )
    def extracts(night: dg.ResourceParam[NightSession]) -> dg.MaterializeResult[None]:
        with tell_faults(night):
            folder = night.extract()
        return dg.MaterializeResult(metadata={"thư mục": str(folder)})

    return [published, extracts, *build_output_assets(EXTRACTS), _build_freshness_checks(registry)]


def _build_freshness_checks(registry: Registry) -> dg.AssetChecksDefinition:
    """Build the check of each feed that says whether it arrived in time; any subset of them may run."""

    @dg.multi_asset_check(
        name="feed_freshness",
        specs=[
            dg.AssetCheckSpec(
                FRESHNESS_CHECK,
                asset=make_landing_key(feed.feed_id),
                additional_deps=[PUBLISHED],
                description=f"Nhịp {feed.cadence}: muộn sau {feed.layout.rhythm.late_after_days} ngày.",
            )
            for feed in registry.feeds.values()
        ],
        can_subset=True,
    )
    def feed_freshness(
        context: dg.AssetCheckExecutionContext, night: dg.ResourceParam[NightSession]
    ) -> Iterator[dg.AssetCheckResult]:
        # The state is the published one: one policy decides for readers and for Dagster.
        newest = find_newest(night.home)
        if newest is None:
            context.log.info("Chưa có phiên bản nào được công bố: chưa biết nguồn nào đến đúng hạn.")
            return
        states = dict(ask(newest.path, "select feed_id, state from marts.feed_status").rows)
        for feed_id in sorted(key.asset_key.path[1] for key in context.selected_asset_check_keys):
            state = states.get(feed_id)
            yield dg.AssetCheckResult(
                asset_key=make_landing_key(feed_id),
                check_name=FRESHNESS_CHECK,
                passed=state not in UNMET_STATES,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"tình trạng": str(state)},
            )

    return feed_freshness
