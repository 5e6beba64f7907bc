"""Every dbt model and seed as an asset and every dbt test as a check, built by one step from one manifest."""

import json
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from dagster_project.contracts.registry import Registry
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.defs.failure import tell_faults
from dagster_project.defs.standing import report_standing
from dagster_project.defs.translator import HaicapTranslator, find_checked_node
from dagster_project.night.session import NightSession
from dagster_project.warehouse.build import NodeResult, refuse_failures
from dagster_project.warehouse.dbt_project import find_manifest_json
from dagster_project.warehouse.ledger import read_build_checks

DbtEvent = dg.MaterializeResult[None] | dg.AssetCheckResult


def build_dbt_assets(home: Home, registry: Registry) -> dg.AssetsDefinition:
    """Build the warehouse step of the night. Parses the dbt project when its manifest is missing or stale.

    Whatever is selected of it, the whole warehouse is built: a build is a pure function of the home and whole or
    absent, so there is no table of tonight beside one of yesterday. Events are reported for what was selected. The
    build waits in the home until `published` takes it.
    """
    manifest = json.loads(find_manifest_json(home).read_text(encoding="utf-8"))
    translator = HaicapTranslator(registry)

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="warehouse")  # type: ignore[untyped-decorator]
    def step(context: dg.AssetExecutionContext, night: dg.ResourceParam[NightSession]) -> Iterator[DbtEvent]:
        with tell_faults(night):
            if not night.must_build():
                context.log.info("Không có gì mới: không dựng lại.")
                yield from _report_what_stands(context, night)
                return
            results = night.build().results
            yield from _report_build(context, manifest, translator, results)
            refuse_failures(results)

    warehouse: dg.AssetsDefinition = step
    _assert_no_check_lost(manifest, warehouse)
    return warehouse


def _report_what_stands(context: dg.AssetExecutionContext, session: NightSession) -> Iterator[DbtEvent]:
    """Report what was selected as it stands in the version that holds the night's content already.

    Without it Dagster would skip what comes after: publishing again, and mending extracts that a kill left out.
    """
    version = session.identity.version
    deps = {spec.key: {dep.asset_key for dep in spec.deps} for spec in context.assets_def.specs}
    for key in TopologicalSorter(deps).static_order():  # Dagster wants what is read before what reads it
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(key, metadata={"phiên bản": version, "dựng lại": False})
    known = {check.name: check for check in read_build_checks(session.home, session.identity)}
    for check in sorted(context.selected_asset_check_keys):
        if check.name in known:
            yield report_standing(check, known[check.name])


def _report_build(
    context: dg.AssetExecutionContext,
    manifest: dict[str, Any],
    translator: HaicapTranslator,
    results: tuple[NodeResult, ...],
) -> Iterator[DbtEvent]:
    """Report what the run selected as Dagster's events, models first: a check is of something that was made."""
    assets, checks = context.selected_asset_keys, context.selected_asset_check_keys
    made = [r for r in results if r.resource_type in ("model", "seed") and r.status == "success"]
    for result in made:
        key = translator.get_asset_spec(manifest, result.unique_id, None).key
        if key in assets:
            yield dg.MaterializeResult(key, metadata={"giây": round(result.seconds, 3)})
    for result in (r for r in results if r.resource_type == "test" and r.status != "skipped"):
        test = manifest["nodes"][result.unique_id]
        key = translator.get_asset_spec(manifest, find_checked_node(manifest, test), None).key
        if dg.AssetCheckKey(key, result.name) in checks:
            yield _report_test(key, test, result)


def _report_test(key: dg.AssetKey, test: dict[str, Any], result: NodeResult) -> dg.AssetCheckResult:
    is_warning = test["config"]["severity"].lower() == "warn"
    metadata: dict[str, Any] = {} if result.failures is None else {"số dòng sai": result.failures}
    if result.rows:
        metadata["ví dụ"] = dg.MetadataValue.json(list(result.rows))
    return dg.AssetCheckResult(
        passed=result.status == "pass",
        asset_key=key,
        check_name=result.name,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=result.message or None,
    )


def _assert_no_check_lost(manifest: dict[str, Any], warehouse: dg.AssetsDefinition) -> None:
    """Raise HaicapError where two tests of one model have one name: dagster-dbt would silently keep only one."""
    tests = sorted(node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test")
    checks = sorted(key.name for key in warehouse.check_keys)
    if tests != checks:
        lost = sorted({name for name in tests if tests.count(name) != checks.count(name)})
        raise HaicapError(
            f"Kiểm tra dbt không thành kiểm tra của Dagster: {', '.join(lost)}.", "Đặt tên riêng cho mỗi kiểm tra."
        )
