"""This module lays out the tile map: one tile per commune, former provinces outlined and named, missing data hatched.
It does geometry only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from dagster_project.extracts.page.boundaries import Area, Boundaries
from dagster_project.extracts.reading.facts import Commune
from dagster_project.extracts.reading.standings import Standing

WIDTH, HEIGHT = 68.0, 50.0
_MARGIN = 6.0
_LETTER = 0.6
"""Width of a letter in ems, on the safe side for the sans-serif fonts of Windows, Android and Debian."""
_LARGEST, _ROOM = 15.5, 31.0
"""Largest letter of a name and the height kept for the name; the sign stands below."""

_SMALLEST = 7.0
"""Smallest name that is written into an area of a map with real boundaries."""
AREA_WIDTH, AREA_HEIGHT = 900.0, 1000.0
"""Size of the map with real boundaries; tiles of communes without one are added below."""

Cell = tuple[int, int]


@dataclass(frozen=True)
class Tile:
    """A tile is one commune on the map; x and y are its upper left corner in the map's units."""

    standing: Standing
    x: float
    y: float
    lines: tuple[tuple[str, float], ...]
    size: float
    area: Area | None = None


@dataclass(frozen=True)
class TileMap:
    """A map has a size, tiles, one outline path per former province, and the places of their names."""

    width: float
    height: float
    tiles: tuple[Tile, ...]
    outlines: tuple[str, ...]
    labels: tuple[tuple[str, float, float], ...]


def lay_out_tiles(rows: Sequence[Standing]) -> TileMap:
    """Lay out every commune; one without a place of its own goes below the grid, so that none is lost."""
    places = _find_places([row.commune for row in rows])
    columns = max((col for col, _ in places.values()), default=0) + 1
    depth = max((row for _, row in places.values()), default=0) + 1
    tiles = []
    for row in rows:
        col, line = places[row.commune.code]
        lines, size = fit_name(row.commune.name)
        tiles.append(Tile(row, _place_x(col), _place_y(line), lines, size))
    cells: dict[str, set[Cell]] = {}
    for row in rows:
        cells.setdefault(row.commune.province, set()).add(places[row.commune.code])
    taken = set(places.values())
    return TileMap(
        columns * WIDTH + 2 * _MARGIN,
        depth * HEIGHT + 2 * _MARGIN,
        tuple(tiles),
        tuple(_draw_outline(own) for own in cells.values()),
        tuple(_place_label(name, own, taken, columns, depth) for name, own in cells.items()),
    )


def lay_out_areas(rows: Sequence[Standing], borders: Boundaries) -> TileMap:
    """Lay out every commune with real boundaries; one that has none is a tile below them, so that none is lost."""
    whole = [_draw_area(row, borders.areas[row.commune.code]) for row in rows if row.commune.code in borders.areas]
    rest = [row for row in rows if row.commune.code not in borders.areas]
    columns = int(AREA_WIDTH // WIDTH)
    for at, row in enumerate(rest):
        lines, size = fit_name(row.commune.name)
        y = AREA_HEIGHT + _MARGIN + at // columns * HEIGHT
        whole.append(Tile(row, _place_x(at % columns), y, lines, size))
    depth = AREA_HEIGHT + (_MARGIN + -(-len(rest) // columns) * HEIGHT if rest else 0)
    return TileMap(AREA_WIDTH, depth + _MARGIN, tuple(whole), borders.outlines, ())


def _draw_area(row: Standing, area: Area) -> Tile:
    """Return a commune's area; its name is written in it where it can be read, and it stands in the area's title
    anyway.
    """
    size = round(min(_LARGEST, area.width / (_LETTER * max(len(row.commune.name), 1))), 1)
    lines = ((row.commune.name, 0.0),) if size >= _SMALLEST else ()
    return Tile(row, 0.0, 0.0, lines, size, area)


def _place_x(col: int) -> float:
    return _MARGIN + col * WIDTH


def _place_y(row: int) -> float:
    return _MARGIN + row * HEIGHT


def _find_places(communes: Sequence[Commune]) -> dict[str, Cell]:
    """Return commune → cell; what has no cell, or one that is already taken, is set in rows below."""
    given: dict[str, Cell] = {}
    taken: set[Cell] = set()
    homeless = []
    for commune in communes:
        cell = None if commune.tile_col is None or commune.tile_row is None else (commune.tile_col, commune.tile_row)
        if cell is None or cell in taken:
            homeless.append(commune.code)
        else:
            given[commune.code] = cell
            taken.add(cell)
    columns = max((col for col, _ in taken), default=12) + 1
    start = max((row for _, row in taken), default=-2) + 2
    for position, code in enumerate(homeless):
        given[code] = (position % columns, start + position // columns)
    return given


def fit_name(name: str) -> tuple[tuple[tuple[str, float], ...], float]:
    """Return a name broken into the lines that let it be written largest, each with its base line in the tile; and the
    size.
    """
    words = name.split() or ["-"]
    best: tuple[float, list[str]] = (0.0, [])
    for count in range(1, min(len(words), 5) + 1):
        for cuts in combinations(range(1, len(words)), count - 1):
            edges = [0, *cuts, len(words)]
            lines = [" ".join(words[a:b]) for a, b in pairwise(edges)]
            longest = max(len(line) for line in lines)
            size = min(_LARGEST, (WIDTH - 5) / (_LETTER * longest), _ROOM / (1.05 * count))
            if size > best[0] + 0.01:
                best = (size, lines)
    size, lines = best
    top = 2.5 + (_ROOM - size * 1.05 * len(lines)) / 2
    return tuple((line, round(top + size * (0.88 + 1.05 * at), 1)) for at, line in enumerate(lines)), round(size, 1)


def _draw_outline(cells: set[Cell]) -> str:
    """Return one path along the edges between a former province's tiles and whatever is not of it."""
    steps = []
    for col, row in sorted(cells):
        x, y = _place_x(col), _place_y(row)
        if (col, row - 1) not in cells:
            steps.append(f"M{x:g} {y:g}h{WIDTH:g}")
        if (col, row + 1) not in cells:
            steps.append(f"M{x:g} {y + HEIGHT:g}h{WIDTH:g}")
        if (col - 1, row) not in cells:
            steps.append(f"M{x:g} {y:g}v{HEIGHT:g}")
        if (col + 1, row) not in cells:
            steps.append(f"M{x + WIDTH:g} {y:g}v{HEIGHT:g}")
    return "".join(steps)


def _place_label(name: str, own: set[Cell], taken: set[Cell], columns: int, depth: int) -> tuple[str, float, float]:
    """Return a name with its place: the middle of three free cells in a row that touch most tiles of the province.

    Of equal places the nearest to the province's centre is taken.
    """
    centre = (sum(col for col, _ in own) / len(own), sum(row for _, row in own) / len(own))

    def compute_cost(start: Cell) -> tuple[int, float, Cell]:
        col, row = start
        around = {(c, r) for c in range(col - 1, col + 4) for r in (row - 1, row, row + 1)}
        others = len(around & (taken - own))
        away = (col + 1 - centre[0]) ** 2 + (row - centre[1]) ** 2
        return others * 2 - len(around & own), away, start

    free = [
        (col, row)
        for row in range(depth)
        for col in range(columns - 2)
        if not {(col, row), (col + 1, row), (col + 2, row)} & taken
    ]
    if not free:
        return name, _place_x(0) + 1.5 * WIDTH, _place_y(depth) + _MARGIN
    col, row = min(free, key=compute_cost)
    return name, _place_x(col) + 1.5 * WIDTH, _place_y(row) + HEIGHT * 0.62
