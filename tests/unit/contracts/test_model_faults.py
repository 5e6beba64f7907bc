"""A mistake in a contract or a layout is told in Vietnamese, by the file and the key, in one line."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
import yaml

from dagster_project.contracts.models import read_contract, read_feed
from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import SOURCES_DIR

DOMAIN, CONTRACT, LAYOUT = "procedures", "contract.odcs.yaml", "vp.layout.yaml"


def write(folder: Path, name: str, changed: dict[str, object]) -> Path:
    """Write a file of the procedures with some keys changed."""
    document = yaml.safe_load((SOURCES_DIR / DOMAIN / name).read_text(encoding="utf-8"))
    path = folder / DOMAIN / name
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(document | changed, allow_unicode=True), encoding="utf-8")
    return path


def read(path: Path) -> str:
    """Return what is said of a file that is refused."""
    read_layout = partial(read_feed, contract=load_registry().contracts[DOMAIN])
    with pytest.raises(UsageError) as refused:
        (read_contract if path.name == CONTRACT else read_layout)(path)
    assert "\n" not in refused.value.message_vi
    return refused.value.message_vi


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"version": 3}, "`version`: phải là chữ: đặt trong ngoặc kép"),
        ({"schema": "x"}, "`schema`: phải là danh sách."),
        ({"shema": []}, "mục lạ `shema`, có thể gõ nhầm."),
        ({"schema": [{"name": "x", "properties": 3}]}, "`schema.1.properties`: phải là danh sách."),
    ],
)
def test_a_wrong_contract_names_file_and_key(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    told = read(write(tmp_path, CONTRACT, changed))
    assert told.startswith(f"Hợp đồng dữ liệu {DOMAIN}/{CONTRACT} không đúng mẫu: {says}")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"every_unit_owes": "có"}, "`every_unit_owes`: phải là true hoặc false."),
        ({"rhytm": {}}, "mục lạ `rhytm`, có thể gõ nhầm."),
        (
            {
                "rhythm": {
                    "cadence": "monthly",
                    "late_after_days": 5,
                    "stale_after_days": 35,
                    "expected_from": "2025-01-01",
                }
            },
            "`rhythm`: thay `stale_after_days` bằng `max_age_days`, số ngày tối đa kể từ ngày số liệu",
        ),
        ({"reader": {"kind": "doc"}}, "`reader.kind`: không có giá trị này, phải là xlsx, csv, json_pages"),
        ({"headers": {"dossier_id": "Mã hồ sơ"}}, "`headers.dossier_id`: phải là danh sách."),
    ],
)
def test_a_wrong_layout_names_file_and_key(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    assert read(write(tmp_path, LAYOUT, changed)).startswith(f"Bố cục {DOMAIN}/{LAYOUT} không đúng mẫu: {says}")


@pytest.mark.parametrize("name", [CONTRACT, LAYOUT])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name: x\nlist: [1\n", "không phải YAML (dòng 3)"),
        (b"t\xean: x\n", "không phải"),
        (b"- x\n", "tệp phải gồm các dòng khóa: giá trị"),
    ],
)
def test_what_is_no_yaml_or_no_mapping_is_told(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = write(tmp_path, name, {})
    path.write_bytes(content)
    told = read(path)
    assert f"{DOMAIN}/{name}" in told
    assert says in told


@pytest.mark.parametrize(
    ("taught", "says"),
    [
        ({"channel": {"Tại quầy": "tai_quay"}}, "của cột channel nêu mã không có trong danh mục: tai_quay."),
        ({"fee": {"miễn": "0"}}, "của cột fee nêu mã không có trong danh mục: 0."),
    ],
)
def test_values_of_a_layout_are_codes_of_the_lists(tmp_path: Path, taught: dict[str, object], says: str) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(SOURCES_DIR, sources)
    shutil.rmtree(sources / DOMAIN)
    write(sources, LAYOUT, {"values": taught})
    shutil.copy(SOURCES_DIR / DOMAIN / CONTRACT, sources / DOMAIN / CONTRACT)
    with pytest.raises(UsageError) as refused:
        load_registry(sources)
    assert refused.value.message_vi == f"Bố cục procedures_vp: `values` {says}"
