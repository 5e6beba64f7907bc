"""Keyed pseudonyms: the same person gets the same token, and nobody without the key can say who.

HMAC-SHA-256 (RFC 2104) of the normalised value, computed inside DuckDB: no loop over a million rows.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

import duckdb
import pandas as pd

from dagster_project.contracts.errors import HaicapError

KEY_VARIABLE = "HAICAP_PSEUDONYM_KEY"
_BLOCK = 64


def load_key(name: str, keys: Path, variable: str) -> bytes:
    """A 32-byte secret: hex in the environment `variable`, else `keys/<name>.key`, made on first use with mode 0600."""
    given = os.environ.get(variable)
    if given:
        try:
            key = bytes.fromhex(given)
        except ValueError:
            key = b""
        if len(key) < 32:
            raise HaicapError(
                f"Biến môi trường {variable} phải là khóa 32 byte viết dạng hex.", "Tạo khóa: openssl rand -hex 32"
            )
        return key
    path = keys / f"{name}.key"
    if not path.exists():
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)  # the first of two racing processes wins; both then read the same key
        temporary.unlink()
    if path.stat().st_mode & 0o077:
        raise HaicapError(f"Tệp khóa {path.name} mở cho người khác đọc.", f"Chạy: chmod 600 {path}")
    return path.read_bytes()


def pseudonymise(values: pd.Series, key: bytes) -> pd.Series:
    """32 hex digits a value, NA where the value is NA. Same index."""
    block = key.ljust(_BLOCK, b"\0") if len(key) <= _BLOCK else None
    if block is None:
        raise ValueError("the key is longer than one HMAC block")
    inner, outer = (bytes(b ^ pad for b in block) for pad in (0x36, 0x5C))
    frame = pd.DataFrame({"value": values.astype("str")})
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        tokens = connection.execute(
            """
            select left(sha256($outer::blob || unhex(sha256($inner::blob || encode(value::varchar)))), 32) as token
            from frame
            """,
            {"inner": inner, "outer": outer},
        ).df()["token"]
    return tokens.set_axis(values.index).astype("str")
