"""The map with real boundaries: every commune has its place, what is not understood is told, the page stays small."""

import json
import math
import re

import duckdb
import pytest

from dagster_project.extracts.page.boundaries import BUDGET, read_boundaries
from dagster_project.extracts.page.leader_page import render_page
from dagster_project.extracts.reading.reading import read_published
from dagster_project.settings.settings import load_settings
from tests.support.kits.page_kit import text_of, tree_of
from tests.support.marts.page_marts import VERSION

pytestmark = pytest.mark.slow
GROUPS = {"00001": "a", "00002": "a", "00003": "b"}


def square(code, col, row, side=0.1, name="ma_xa"):
    west, south = 105 + col * side, 21 + row * side
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return {"type": "Feature", "properties": {"ten": "Xã", name: code},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip


def write(path, features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def codes(place):
    with duckdb.connect(str(place), read_only=True) as marts:
        return [code for (code,) in marts.execute("select commune_code from marts.dim_commune order by 1").fetchall()]


def page_of(place, boundaries):
    with duckdb.connect(str(place), read_only=True) as marts:
        return render_page(read_published(marts, VERSION), marts, boundaries)


def test_squares_side_by_side_are_placed_to_scale_and_share_a_border(tmp_path):
    made = read_boundaries(write(tmp_path / "b.json", [square("1", 0, 0), square(2, 1, 0), square("00003", 0, 1)]),
                           GROUPS, 400, 400)  # fmt: skip
    assert set(made.areas) == set(GROUPS)
    one, two, three = (made.areas[code] for code in GROUPS)
    assert (one.y, one.x) == (two.y, three.x)
    assert two.x > one.x
    assert three.y < one.y  # north is up
    assert (two.x - one.x) / (one.y - three.y) == pytest.approx(math.cos(math.radians(21.1)), abs=0.01)
    # The border between the two communes of group a is not its outline: six sides of two squares remain.
    steps = [len(re.sub(r"M\d+ \d+l", " ", outline).split()) // 2 for outline in made.outlines]
    assert steps == [6, 4]


def test_the_page_draws_every_commune_in_its_boundary(tmp_path, place, codes):
    path = write(tmp_path / "all.json", [square(code, at % 13, at // 13) for at, code in enumerate(codes)])
    page = page_of(place, path)
    tree = tree_of(page)
    drawn = tree.xpath("//g[@data-commune]/path[@class='area']/@id")
    assert sorted(drawn) == [f"a{code}" for code in codes]
    assert len(tree.xpath("//g[contains(@class, 'gap')]/use")) == 46
    assert len(tree.xpath("//path[@class='former']")) == 3
    assert "Bản đồ theo tệp ranh giới của tỉnh" in text_of(tree)
    assert page == page_of(place, path)
    assert len(page.encode()) < 400_000


def test_what_is_not_a_commune_is_told_and_who_has_none_keeps_a_tile(tmp_path, place, codes):
    features = [square(code, at % 13, at // 13) for at, code in enumerate(codes[2:])] + [square("99999", 14, 0)]
    tree = tree_of(page_of(place, write(tmp_path / "some.json", features)))
    assert "1 vùng không thuộc xã, phường nào trong danh mục (mã 99999)" in text_of(tree)
    tiles = tree.xpath("//g[@data-commune][rect]/@data-commune")
    assert sorted(tiles) == codes[:2]
    assert len(tree.xpath("//g[@data-commune]")) == 148


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"features": 3}', '{"features": [{"properties": {"ma": "07900"}, "geometry": null}]}',
     '{"features": [{"properties": {"ma": "07900"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}]}',
     '{"features": [null]}',
     json.dumps({"features": [square("07900", 5_000, 1)]}), json.dumps({"features": [square("11111", 1, 1)]})],
)  # fmt: skip
def test_what_cannot_be_read_leaves_the_tiles_and_says_so(tmp_path, place, text):
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    tree = tree_of(page_of(place, tmp_path / "bad.json"))
    assert "Dùng bản đồ ô:" in text_of(tree)
    assert len(tree.xpath("//g[@data-commune]/rect[1]")) == 148


def test_a_file_that_is_not_there_leaves_the_tiles(tmp_path, place):
    assert "không đọc được tệp ranh giới" in page_of(place, tmp_path / "absent.json")


def test_fine_boundaries_are_made_small(tmp_path, codes):
    features = []
    for at, code in enumerate(codes):
        turns = [2 * math.pi * turn / 3000 for turn in range(3001)]
        x, y = 105 + at % 13 * 0.1, 21 + at // 13 * 0.1
        ring = [[x + 0.05 * math.cos(turn), y + 0.05 * math.sin(turn)] for turn in turns]
        features.append({"properties": {"code": code}, "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]}})
    made = read_boundaries(write(tmp_path / "fine.json", features), dict.fromkeys(codes, "25"), 900, 1000)
    assert set(made.areas) == set(codes)
    assert sum(len(area.path) for area in made.areas.values()) + sum(map(len, made.outlines)) <= BUDGET


def test_the_setting_is_read_from_beside_the_file(tmp_path):
    (tmp_path / "haicap.yaml").write_text("boundaries: xa.geojson\n", encoding="utf-8")
    assert load_settings(tmp_path).boundaries == tmp_path / "xa.geojson"
    assert load_settings(tmp_path / "other").boundaries is None
