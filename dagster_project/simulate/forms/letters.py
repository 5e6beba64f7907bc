"""This module writes the bytes of a CSV: as agreed, or in another encoding."""

from __future__ import annotations

import unicodedata

from dagster_project.simulate import tcvn3
from dagster_project.simulate.context import Context
from dagster_project.simulate.forms import spelling
from dagster_project.simulate.statements import Delivery

OTHERS = ("utf-8-sig", "utf-16", "utf-8-doubled", "vni")


def write_csv(
    context: Context, delivered: Delivery, feed: str, file: str, text: str, agreed: str
) -> tuple[str, tuple[str, ...]]:
    """Write a CSV; return its SHA-256 and what is odd about it.

    `agreed`: the encoding of the form. In the worst season the office may save it in another one.
    """
    rng = context.make_rng("field", feed, file)
    chosen = str(rng.choice([agreed, *OTHERS])) if context.is_field else agreed
    if chosen != agreed:
        delivered.quirks.append({"feed_id": feed, "file": file, "quirk": f"field:{chosen}", "count": 1})
        text = unicodedata.normalize("NFC", text)
    remarks = {"vni": ("wrong_encoding",), "utf-8-doubled": ("doubled_encoding",)}.get(chosen, ())
    return context.write(feed, file, encode(text, chosen)), remarks


def encode(text: str, encoding: str) -> bytes:
    """Return a text as bytes."""
    match encoding:
        case "tcvn3":
            return tcvn3.encode(text)
        case "vni":
            return spelling.type_in_vni(text).encode("cp1252")
        case "utf-8-doubled":
            return spelling.double_utf8(text).encode()
        case _:
            return text.encode(encoding)
