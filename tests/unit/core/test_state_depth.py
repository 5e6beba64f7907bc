"""Files of the home nested too deep are told as any other damage, and end no process."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dagster_project.core.chained_log import ChainedLog
from dagster_project.core.durable_files import read_json
from dagster_project.core.errors import DamagedFile, HaicapError, UsageError
from dagster_project.core.yaml_files import load_yaml
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.settings.settings import load_settings

DEEP = "[" * 200_000


def test_a_line_of_the_list_of_arrivals(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text(f"{DEEP}\n")
    with pytest.raises(HaicapError, match="dòng 1"):
        ArrivalList(tmp_path / "manifest.jsonl").read_arrivals()


def test_a_small_file(tmp_path: Path) -> None:
    (tmp_path / "checks.json").write_text(DEEP)
    with pytest.raises(DamagedFile, match="không phải JSON"):
        read_json(tmp_path / "checks.json", {}, "")


@pytest.mark.parametrize("content", [DEEP, '{"number": 1e999, "previous": "a"}'])
def test_a_line_of_a_chained_log_and_its_head(tmp_path: Path, content: str) -> None:
    log = ChainedLog(tmp_path / "purge.jsonl")
    log.append({"at": "x"})
    with (tmp_path / "purge.jsonl").open("a") as file:
        file.write(f"{content}\n")
    assert (len(log.read_whole_lines()), log.verify().torn) == (1, 1)
    (tmp_path / "purge.head").write_text(content.replace("previous", "sha256"))
    assert len(log.read_lines()) == 1
    assert log.verify().lines == 1


@pytest.mark.parametrize("content", ["a: " + "[" * 50_000, "- " * 50_000, "a: " + "{a: " * 50_000, "? " * 50_000])
def test_yaml(tmp_path: Path, content: str) -> None:
    for text in (content, content.encode()):
        with pytest.raises(yaml.YAMLError):
            load_yaml(text)
    (tmp_path / "haicap.yaml").write_text(content)
    with pytest.raises(UsageError, match="không phải YAML"):
        load_settings(tmp_path)


def test_long_lists_beside_each_other_are_not_deep() -> None:
    assert load_yaml("a: [" + "[1], " * 500 + "{b: 2}]")["a"][-1] == {"b": 2}
    assert load_yaml("#" + "-" * 200 + "\na: 1") == {"a": 1}
