"""This module reads real boundaries from a GeoJSON that the province supplies, projects them and makes them small for
the map of the page.

Setting `boundaries` of `haicap.yaml` names a FeatureCollection of Polygons or MultiPolygons (RFC 7946, WGS 84) of which
a property holds the five-digit code of the commune. What cannot be read never stops the night: the page then shows the
tiles and says why.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = list[Point]
Dot = tuple[int, int]
BUDGET = 22_000
"""Characters of all paths together: the page stays below 400 KB. Coordinates are rounded until they fit."""
_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
_LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class Area:
    """An area is one commune: its path, the middle of its largest ring and that ring's width, in the map's units."""

    path: str
    x: int
    y: int
    width: int


@dataclass(frozen=True)
class Boundaries:
    """Boundaries hold areas by commune code, one outline per group of communes, and the codes that name no commune.

    `fault` says in Vietnamese why there is no area; it is empty where there are some.
    """

    areas: Mapping[str, Area]
    outlines: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    fault: str = ""


def read_boundaries(path: Path, groups: Mapping[str, str], width: float, height: float) -> Boundaries:
    """Return the boundaries of the communes in `groups` (code → group), fitted into width × height. Never raises: a
    file that cannot be used is told by `fault`.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            return Boundaries({}, fault="tệp ranh giới quá lớn")
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        rings, unknown = _read_rings(features, groups)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return Boundaries({}, fault="không đọc được tệp ranh giới GeoJSON")
    if not rings:
        return Boundaries({}, unknown=unknown, fault="tệp ranh giới không có mã xã, phường nào của tỉnh")
    placed = _fit(rings, width, height)
    for step in _STEPS:
        dots = {code: [_round(ring, step) for ring in own] for code, own in placed.items()}
        areas = {code: _make_area(own) for code, own in dots.items()}
        outlines = tuple(_draw_outline(group, dots, groups) for group in dict.fromkeys(groups.values()))
        if sum(len(area.path) for area in areas.values()) + sum(map(len, outlines)) <= BUDGET:
            return Boundaries(areas, outlines, unknown)
    return Boundaries({}, unknown=unknown, fault="tệp ranh giới quá chi tiết")


def _read_rings(features: Sequence[Any], groups: Mapping[str, str]) -> tuple[dict[str, list[Ring]], tuple[str, ...]]:
    """Return commune → its outer and inner rings in degrees, and the codes of features that belong to no commune.

    Raises ValueError for a geometry that is no area or not in degrees.
    """
    found: dict[str, list[Ring]] = {}
    unknown = []
    for feature in features:
        told = [
            str(value).strip().zfill(5) for value in (feature.get("properties") or {}).values() if value is not None
        ]
        code = next((value for value in told if value in groups), None)
        if code is None:
            unknown.append(next((value for value in told if value.isdigit() and len(value) == 5), "-"))
            continue
        geometry = feature["geometry"]
        parts = geometry["coordinates"]
        if geometry["type"] not in ("Polygon", "MultiPolygon"):
            raise ValueError("an area is meant")
        polygons = [parts] if geometry["type"] == "Polygon" else parts
        for polygon in polygons:
            for ring in polygon:
                points = [(float(point[0]), float(point[1])) for point in ring]
                if any(not (-180 <= lon <= 180 and -90 <= lat <= 90) for lon, lat in points):
                    raise ValueError("degrees are meant")
                if len(points) > 3:
                    found.setdefault(code, []).append(points)
    return found, tuple(sorted(unknown))


def _fit(rings: Mapping[str, list[Ring]], width: float, height: float) -> dict[str, list[Ring]]:
    """Return the rings in the map's units: equirectangular at the middle latitude, north up, centred, one scale both
    ways.
    """
    points = [point for own in rings.values() for ring in own for point in ring]
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    narrow = cos(radians((south + north) / 2))
    scale = min(width / max((east - west) * narrow, 1e-9), height / max(north - south, 1e-9))
    left = (width - (east - west) * narrow * scale) / 2
    top = (height - (north - south) * scale) / 2
    return {
        code: [
            [(left + (lon - west) * narrow * scale, top + (north - lat) * scale) for lon, lat in ring] for ring in own
        ]
        for code, own in rings.items()
    }


def _round(ring: Ring, step: int) -> list[Dot]:
    """Return a ring's points on a grid of `step`, without repetition; a border that two rings share stays shared."""
    dots = [(round(x / step) * step, round(y / step) * step) for x, y in ring]
    kept = [dot for at, dot in enumerate(dots) if at == 0 or dot != dots[at - 1]]
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def _make_area(rings: Sequence[list[Dot]]) -> Area:
    """Return the area of a commune's rings; one that is smaller than the grid keeps a dot, so that none is lost."""
    largest = max(rings, key=len)
    xs, ys = [x for x, _ in largest], [y for _, y in largest]
    whole = "".join(_draw_closed(ring) for ring in rings if len(ring) > 2) or f"M{xs[0] - 2} {ys[0] - 2}h4v4h-4z"
    return Area(whole, (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2, max(xs) - min(xs))


def _draw_closed(ring: Sequence[Dot]) -> str:
    steps = (f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(ring))
    return f"M{ring[0][0]} {ring[0][1]}l" + " ".join(steps) + "z"


def _draw_outline(group: str, dots: Mapping[str, Sequence[list[Dot]]], groups: Mapping[str, str]) -> str:
    """Return one path along the borders that only one commune of the group has."""
    rings = [ring for code, own in dots.items() if groups[code] == group for ring in own]
    sides = Counter(_order_side(a, b) for ring in rings for a, b in pairwise([*ring, ring[0]]))
    told = []
    for ring in rings:
        is_drawing = False
        for a, b in pairwise([*ring, ring[0]]):
            if sides[_order_side(a, b)] != 1:
                is_drawing = False
                continue
            told.append(f"{' ' if is_drawing else f'M{a[0]} {a[1]}l'}{b[0] - a[0]} {b[1] - a[1]}")
            is_drawing = True
    return "".join(told)


def _order_side(a: Dot, b: Dot) -> tuple[Dot, Dot]:
    """Return a side's two ends in one order, so that neighbours find the border that they share equal."""
    return (a, b) if a <= b else (b, a)
