"""The verdict of a check that stands where tonight brought nothing to judge, with the day on which it was found."""

from __future__ import annotations

from datetime import date
from typing import Any

import dagster as dg

from dagster_project.warehouse.checks import CheckResult


def report_standing(check: dg.AssetCheckKey, last: CheckResult) -> dg.AssetCheckResult:
    """Return for Dagster what a check said when it last had something to judge."""
    found_on = date.fromisoformat(last.as_of)
    metadata: dict[str, Any] = {"kết luận của ngày": f"{found_on:%d/%m/%Y}"}
    if last.version:
        metadata["phiên bản"] = last.version
    if last.failures is not None:
        metadata["số dòng sai"] = last.failures
    if last.rows:
        metadata["ví dụ"] = dg.MetadataValue.json(list(last.rows))
    return dg.AssetCheckResult(
        passed=last.outcome == "pass",
        asset_key=check.asset_key,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.WARN if last.outcome == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=f"Không có gì mới để kiểm tra: kết luận của ngày {found_on:%d/%m/%Y} vẫn giữ.",
    )
