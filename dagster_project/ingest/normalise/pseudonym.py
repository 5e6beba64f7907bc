"""Keyed pseudonyms: the same person gets the same token, and nobody without the key can say who.

HMAC-SHA-256 (RFC 2104) of the normalised value, computed inside DuckDB: no loop over a million rows.
"""

from __future__ import annotations

from functools import cache

import duckdb
import pandas as pd
import pyarrow as pa

from dagster_project.core.database import open_database
from dagster_project.ingest.normalise import text

_BLOCK = 64  # bytes; the block of SHA-256, to which HMAC pads its key
# Half of the digest (128 bits) is enough: two persons of a province share none by chance.
_HMAC = """
select left(sha256($outer::blob || unhex(sha256($inner::blob || encode(value::varchar)))), 32) as token from person
"""


def pseudonymise(values: pd.Series, key: bytes) -> pd.Series:
    """Return 32 hex digits for each value, NA where the value is NA, on the same index."""
    if len(key) > _BLOCK:
        raise ValueError("the key is longer than one HMAC block")
    block = key.ljust(_BLOCK, b"\0")
    # The two pads are those of RFC 2104; a wrong one would still look like a pseudonym, and match no other night.
    inner, outer = (bytes(b ^ pad for b in block) for pad in (0x36, 0x5C))
    persons = pa.table({"value": text.convert_to_arrow(values.astype("str"))})
    with _open_database().cursor() as connection:  # a cursor's own views are gone with it
        connection.register("person", persons)
        tokens = connection.sql(_HMAC, params={"inner": inner, "outer": outer}).to_arrow_table().column("token")
    return pd.Series(text.convert_to_series(tokens).array, index=values.index)


@cache
def _open_database() -> duckdb.DuckDBPyConnection:
    """Open one database for the whole process; it may not spill to disk, because what it is asked is personal."""
    return open_database(temp_directory="")
