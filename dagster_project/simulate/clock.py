"""This module writes times as text, for whole columns at once."""

from __future__ import annotations

import numpy as np

EXCEL_EPOCH = np.datetime64("1899-12-30T00:00:00", "s")


def spell_times(times: np.ndarray) -> np.ndarray:
    """Return `YYYY-MM-DDTHH:MM:SS` of each time, one character per column: shape (n, 19). The times hold no NaT."""
    text = np.datetime_as_string(times.astype("datetime64[s]"))
    return np.ascontiguousarray(text.astype("U19")).view("U1").reshape(len(times), 19)


def write(times: np.ndarray, pattern: str) -> np.ndarray:
    """Return times by a pattern of Y, m, d, H, M, S (`dd/mm/yyyy` is "dd/mm/YYYY"): object array of str; NaT becomes
    None.

    Each letter takes the next digit of its field, so "YYYY" is the year and "yy" its last two digits.
    """
    result = np.full(len(times), None, dtype=object)
    known = ~np.isnat(times)
    if not known.any():
        return result
    source = spell_times(times[known])
    start = {"Y": 0, "y": 2, "m": 5, "d": 8, "H": 11, "M": 14, "S": 17}
    used = dict.fromkeys(start, 0)
    out = np.empty((len(source), len(pattern)), dtype="U1")
    for place, letter in enumerate(pattern):
        if letter in start:
            out[:, place] = source[:, start[letter] + used[letter]]
            used[letter] += 1
        else:
            out[:, place] = letter
    result[known] = np.ascontiguousarray(out).view(f"U{len(pattern)}").reshape(-1).astype(object)
    return result


def compute_excel_serial(times: np.ndarray) -> np.ndarray:
    """Return the days since 30/12/1899 as Excel keeps them (14/7/2025 is 45852): float, NaN for NaT."""
    seconds = (times.astype("datetime64[s]") - EXCEL_EPOCH).astype(np.int64)
    return np.where(np.isnat(times), np.nan, seconds / 86400)
