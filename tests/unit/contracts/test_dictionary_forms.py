"""What the dictionary says of the forms that are read is what the normalisers read."""

from __future__ import annotations

import pytest

from dagster_project.contracts.dictionary_page import MEASURES, list_forms
from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.normalise.quantities import read_measure


@pytest.mark.parametrize("wanted", sorted(MEASURES))
def test_every_measure_that_is_told_is_read(wanted: str) -> None:
    for unit in MEASURES[wanted]:
        reading = read_measure(f"({unit})", wanted)
        assert len(reading.factors) == 1, unit
        assert not reading.unread
    assert read_measure(f"({wanted})", wanted).factors == {1}


def test_every_measure_of_a_contract_is_told() -> None:
    units = {
        column.unit for contract in load_registry().contracts.values() for column in contract.columns
        if column.kind == "number" and column.unit
    }  # fmt: skip
    assert units == MEASURES.keys()


def test_what_a_layout_teaches_is_told() -> None:
    feed = load_registry().feeds["investment_vp"]
    taught = feed.layout.model_copy(update={"units": {"tr.chẵn": "triệu đồng"}})
    told = [vi for vi, _ in list_forms(type(feed)(**(vars(feed) | {"layout": taught})))]
    assert "Chữ riêng của cơ quan: “tr.chẵn” = triệu đồng." in told
    assert not any("tr.chẵn" in vi for vi, _ in list_forms(feed))
