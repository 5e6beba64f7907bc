"""How dbt's nodes appear in Dagster: one key per node, one check per test, the feeds in the place of dbt's sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import get_upstream_unique_ids

from dagster_project.contracts.marts import FLOW
from dagster_project.contracts.registry import Registry

Props = Mapping[str, Any]


def make_landing_key(feed_id: str) -> dg.AssetKey:
    """Return the key of a feed's landing asset."""
    return dg.AssetKey(["landing", feed_id])


def make_office_key(feed_id: str) -> dg.AssetKey:
    """Return the key of what an office delivers, outside the system; materialised when something new is landed."""
    return dg.AssetKey(["offices", feed_id])


class HaicapTranslator(DagsterDbtTranslator):  # type: ignore[misc]  # dagster-dbt is untyped to mypy
    """Translates as dagster-dbt does, with two differences.

    A source of schema `landing` stands for the feeds that fill it. A singular test that reads several models, which
    Dagster would drop, is a check of the one that stands last in the flow.
    """

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self._registry = registry

    def get_asset_spec(self, manifest: Props, unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Return dagster-dbt's own spec, with the feeds in the place of sources."""
        spec: dg.AssetSpec = super().get_asset_spec(manifest, unique_id, project)
        if unique_id.startswith("source."):
            return spec
        node = manifest["nodes"][unique_id]
        deps: set[dg.AssetKey] = set()
        for upstream in get_upstream_unique_ids(manifest, node):
            if upstream.startswith("source."):
                deps |= self._list_feeds(manifest["sources"][upstream])
            else:
                deps.add(super().get_asset_spec(manifest, upstream, project).key)
        return spec.replace_attributes(deps=sorted(deps))

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Props, unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Return the check of a test, for the one node that it is a check of; None for the others."""
        test = manifest["nodes"][unique_id]
        if self.get_asset_spec(manifest, find_checked_node(manifest, test), project).key != asset_spec.key:
            return None
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=test.get("description") or None,
            metadata={"dbt": unique_id, "mức độ": test["config"]["severity"].lower()},
        )

    def get_group_name(self, dbt_resource_props: Props) -> str | None:
        """Group by folder, in the order of the flow (`FLOW`); seeds are a group of their own."""
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["fqn"][1])

    def _list_feeds(self, source: Props) -> set[dg.AssetKey]:
        """List the feeds behind a source: those of the domain of its table's name, all for a table about files."""
        if source["source_name"] != "landing":
            return set()
        feeds = self._registry.list_domain(source["name"]) or tuple(self._registry.feeds.values())
        return {make_landing_key(feed.feed_id) for feed in feeds}


def find_checked_node(manifest: Props, test: Props) -> str:
    """Find the node that a test is a check of: the one it is attached to, else of the last folder the first by name."""
    attached = test.get("attached_node")
    if attached and not attached.startswith("source."):
        return str(attached)
    nodes = [n for n in test["depends_on"]["nodes"] if not n.startswith(("source.", "macro."))]
    if not nodes:
        # A test of a source alone: a check of what reads it first.
        source = test["depends_on"]["nodes"][0]
        nodes = [n for n in manifest["child_map"][source] if n.startswith("model.")]
    return min(sorted(map(str, nodes)), key=lambda node: (-_place_in_flow(manifest["nodes"][node]), node))


def _place_in_flow(node: Props) -> int:
    """Return how late in the flow a node stands, as a number; seeds come first."""
    folder = node["fqn"][1]
    return FLOW.index(folder) if folder in FLOW else -1
