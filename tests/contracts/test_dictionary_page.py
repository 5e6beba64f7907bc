"""The dictionary page names every feed with its owner and quirks, every mart and column, and needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from dagster_project.contracts.dictionary_page import list_quirks, render_page
from dagster_project.contracts.marts import read_marts
from dagster_project.contracts.registry import load_registry

REGISTRY = load_registry()
PAGE = render_page(REGISTRY)


class Outline(HTMLParser):
    """Tags that open and close, ids, and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        told = dict(attrs)
        if "id" in told:
            self.ids.append(told["id"])
        self.links += [told[name] for name in ("href", "src") if name in told]
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def outline():
    found = Outline()
    found.feed(PAGE)
    return found


def part(page, name):
    """The article or section of that id."""
    return page.split(f'id="{name}"')[1].split("</article>" if name.startswith("feed-") else "</section>")[0]


@pytest.mark.parametrize("feed_id", sorted(REGISTRY.feeds))
def test_a_feed_has_its_owner_its_mender_its_headers_and_its_quirks(feed_id):
    feed = REGISTRY.feeds[feed_id]
    said = part(PAGE, f"feed-{feed_id}")
    for words in (feed.title_vi, feed.layout.owner_vi, feed.layout.fixer_vi, feed.layout.mending_office_vi):
        assert escape(words) in said
    for names in feed.layout.headers.values():
        assert escape(" · ".join(names)) in said
    told = list_quirks(feed)
    assert told
    for vi, en in told:
        assert escape(vi) in said
        assert escape(en) in said
    # What stands above the layout says what no key of it does.
    first = feed.layout_content.decode("utf-8").split("\n")[0].lstrip("# ")
    assert escape(first) in said


def test_every_published_table_and_column_is_there_in_both_languages():
    marts = read_marts()
    assert len(marts) == len(set(marts)) == 31
    for mart in marts:
        said = part(PAGE, f"mart-{mart.name}")
        for column in mart.columns:
            vi, en = column.title
            assert f"<code>{column.name}</code></th><td>{column.kind}</td><td>{escape(vi)}" in said
            assert vi, (mart.name, column.name)
            assert en, (mart.name, column.name)


def test_every_column_of_a_contract_is_there_with_its_class():
    for domain, contract in REGISTRY.contracts.items():
        said = PAGE.split(f'id="domain-{domain}"')[1].split("</section>")[0]
        for column in contract.columns:
            assert f"<code>{column.name}</code>" in said
            if column.is_personal:
                assert re.search(rf"<code>{column.name}</code></th><td>[^<]*{column.classification}", said)


def test_it_is_whole_and_alone(outline):
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert "script" not in outline.tags
    assert [link for link in outline.links if not link.startswith("#")] == []
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert "http" not in PAGE.replace("https://", "http://").replace("http-equiv", "")


def test_a_layout_cannot_bring_code_into_the_page():
    feed = REGISTRY.feeds["directives"]
    hostile = feed.layout.model_copy(update={"owner_vi": "<script>alert(1)</script>"})
    feeds = REGISTRY.feeds | {"directives": type(feed)(feed.contract, hostile, feed.layout_content)}
    page = render_page(type(REGISTRY)(REGISTRY.contracts, feeds, REGISTRY.code_lists))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
