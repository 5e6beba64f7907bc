"""Secret keys: from the environment, else a 0600 file made on first use."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from dagster_project.contracts.errors import HaicapError

PSEUDONYM_VARIABLE = "HAICAP_PSEUDONYM_KEY"
ARCHIVE_VARIABLE = "HAICAP_ARCHIVE_KEY"


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
