"""All feeds and code lists of the project, found by walking `sources/`: a feed is a file, not a line of code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dagster_project.contracts.models import Contract, Feed, read_contract, read_feed
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import LAYOUTS_DIR, SOURCES_DIR
from dagster_project.core.yaml_files import load_yaml


@dataclass(frozen=True)
class Code:
    """Holds one member of a code list and the ways in which offices write it."""

    value: str
    label_vi: str
    label_en: str
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class CodeList:
    """Holds a closed list of values.

    `optional_prefixes` may stand before any spelling; `missing` is what an empty cell means.
    """

    name: str
    codes: tuple[Code, ...]
    optional_prefixes: tuple[str, ...]
    missing: str | None

    def list_values(self) -> tuple[str, ...]:
        """Return every value of the list, in its order."""
        return tuple(code.value for code in self.codes)

    def map_spellings(self) -> dict[str, str]:
        """Return the value of every accepted spelling, as the list writes it.

        Raises UsageError for a spelling of two values.
        """
        spelled: dict[str, str] = {}
        for code in self.codes:
            for spelling in (code.value, *code.spellings):
                for prefix in ("", *(f"{p} " for p in self.optional_prefixes)):
                    if spelled.setdefault(prefix + spelling, code.value) != code.value:
                        raise UsageError(f"Danh mục {self.name}: '{spelling}' chỉ hai mã khác nhau.")
        return spelled


@dataclass(frozen=True)
class Registry:
    """Holds everything under one `sources/` folder, by name."""

    contracts: dict[str, Contract]
    feeds: dict[str, Feed]
    code_lists: dict[str, CodeList]

    def list_domain(self, domain: str) -> tuple[Feed, ...]:
        """Return the feeds that send records of one domain, in order of their files."""
        return tuple(feed for feed in self.feeds.values() if feed.domain == domain)


def load_registry(sources: Path = SOURCES_DIR, layouts: Path | None = None) -> Registry:
    """Read every contract, layout and code list. Raises UsageError on the first that is wrong.

    `layouts`: where another province has its own, by domain; without it those beside the contracts are meant.
    """
    return _load(sources, layouts or (LAYOUTS_DIR if sources == SOURCES_DIR else sources))


@cache
def _load(sources: Path, layouts: Path) -> Registry:
    if not layouts.is_dir():
        raise UsageError(f"Không thấy thư mục bố cục {layouts}.", "Kiểm tra biến HAICAP_PROVINCE.")
    contracts = {c.domain: c for c in map(read_contract, sorted(sources.glob("*/contract.odcs.yaml")))}
    feeds: dict[str, Feed] = {}
    for path in sorted(layouts.glob("*/*.layout.yaml")):
        if path.parent.name not in contracts:
            raise UsageError(f"Bố cục {path.name} không có hợp đồng trong thư mục {path.parent.name}.")
        feed = read_feed(path, contracts[path.parent.name])
        if feed.feed_id in feeds:
            raise UsageError(f"Hai bố cục cùng khai feed_id {feed.feed_id}.")
        feeds[feed.feed_id] = feed
    code_lists = {c.name: c for c in map(_read_code_list, sorted((sources / "codes").glob("*.yaml")))}
    wanted = {col.code_list for c in contracts.values() for col in c.columns if col.code_list}
    if wanted - set(code_lists):
        raise UsageError(f"Thiếu danh mục mã: {', '.join(sorted(wanted - set(code_lists)))}")
    for feed in feeds.values():
        _check_taught_values(feed, code_lists)
    return Registry(contracts=contracts, feeds=feeds, code_lists=code_lists)


def _check_taught_values(feed: Feed, code_lists: dict[str, CodeList]) -> None:
    """Raise UsageError when a layout teaches words of a column that has no code list, or codes that its list lacks."""
    lists = {column.name: code_lists[column.code_list] for column in feed.contract.columns if column.code_list}
    for name, taught in feed.layout.values.items():
        known = lists[name].list_values() if name in lists else ()
        strange = [code for code in taught.values() if code not in known]
        if strange or name not in lists:
            raise UsageError(
                f"Bố cục {feed.feed_id}: `values` của cột {name} nêu mã không có trong danh mục: {', '.join(strange)}.",
                f"Dùng một trong: {', '.join(known)}." if known else f"Cột {name} không có danh mục; bỏ phần này.",
            )


def _read_code_list(path: Path) -> CodeList:
    document = load_yaml(path.read_text(encoding="utf-8"))
    return CodeList(
        name=path.stem,
        codes=tuple(
            Code(str(value), item["vi"], item["en"], tuple(str(s) for s in item.get("spellings", [])))
            for value, item in document["codes"].items()
        ),
        optional_prefixes=tuple(document.get("optional_prefixes", [])),
        missing=None if document.get("missing") is None else str(document["missing"]),
    )
