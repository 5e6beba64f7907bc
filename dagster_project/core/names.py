"""Vietnamese names in plain letters: for names of files, owners in Dagster, and what a person types without accents."""

from __future__ import annotations

import re
import unicodedata


def strip_accents(text: str) -> str:
    """Return lower case without accents and hooks: "Đồng Tân" → "dong tan"; everything but letters stays."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def make_slug(text: str, longest: int | None = None) -> str:
    """Return a name as part of a file's name: 'Sở Nội vụ' → 'so-noi-vu'; '' when no letter or digit is in it."""
    return re.sub(r"[^a-z0-9]+", "-", strip_accents(text)).strip("-")[:longest].strip("-")
