"""Secret keys: from the environment, else a 0600 file made on first use."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from dagster_project.core.durable_files import make_temporary_name
from dagster_project.core.errors import DamagedFile, HaicapError

PSEUDONYM_VARIABLE = "HAICAP_PSEUDONYM_KEY"
ARCHIVE_VARIABLE = "HAICAP_ARCHIVE_KEY"
VAULT_VARIABLE = "HAICAP_VAULT_KEY"
KEY_BYTES = 32


def load_key(name: str, keys: Path, variable: str, made: Iterable[Path] = ()) -> bytes:
    """Return a 32-byte secret: hex in the environment `variable`, else `keys/<name>.key`, made on first use with mode
    0600.

    `made`: what was written with this key. Raises HaicapError where the key is gone and something was: a new one would
    not open it.
    """
    given = read_key_from_environment(variable)
    if given is not None:
        return given
    path = keys / f"{name}.key"
    if not path.exists():
        _refuse_new_key(path, variable, made)
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = make_temporary_name(path)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)  # the first of two racing processes wins; both then read the same key
        temporary.unlink()
    return read_key_file(path)


def load_keys(name: str, keys: Path, variable: str, made: Iterable[Path] = ()) -> tuple[bytes, ...]:
    """Return the key that encrypts, and after it the one that a rotation under way has not replaced everywhere yet.

    That one is `keys/<name>.old.key`, or the environment `<variable>_OLD`. Raises HaicapError for a key that is not
    of 32 bytes, and as `load_key` does.
    """
    found = [load_key(name, keys, variable, made)]
    given = read_key_from_environment(f"{variable}_OLD")
    old = keys / f"{name}.old.key"
    if given is not None:
        found.append(given)
    if old.exists():
        found.append(read_key_file(old))
    if any(len(key) != KEY_BYTES for key in found):
        raise HaicapError(
            f"Khóa {name} không đúng {KEY_BYTES} byte.",
            f"Khôi phục keys/{name}.key từ bản sao, hoặc đặt lại {variable}.",
        )
    return tuple(found)


def read_key_from_environment(variable: str) -> bytes | None:
    """Return the key that the environment gives in hex, or None. Raises HaicapError for one that is too short or no
    hex."""
    given = os.environ.get(variable)
    if not given:
        return None
    try:
        key = bytes.fromhex(given)
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise HaicapError(
            f"Biến môi trường {variable} phải là khóa 32 byte viết dạng hex.", "Tạo khóa: openssl rand -hex 32"
        )
    return key


def read_key_file(path: Path) -> bytes:
    """Return the bytes of a key file. Raises HaicapError when others may read it, or it is not as it was made."""
    restore = "Khôi phục tệp này từ bản sao của khóa (`haicap backup --keys-to`) rồi chạy lại; không tự tạo khóa khác."
    if not path.is_file():
        raise DamagedFile(path, "không phải tệp", restore)
    if path.stat().st_mode & 0o077:  # any right of group or others
        raise HaicapError(f"Tệp khóa {path.name} mở cho người khác đọc.", f"Chạy: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise DamagedFile(path, f"khóa phải đúng {KEY_BYTES} byte, tệp có {len(key)}", restore)
    return key


def _refuse_new_key(path: Path, variable: str, made: Iterable[Path]) -> None:
    """Raise HaicapError, saying what cannot be opened, where anything was written with the key that is gone."""
    lost = Counter(one.parent.name if one.suffix else one.parents[1].name for one in made)
    if not lost:
        return
    names = ", ".join(f"{name} ({count})" for name, count in sorted(lost.items()))
    raise HaicapError(
        f"Thiếu khóa {path}: {lost.total()} tệp viết bằng khóa ấy không mở được: {names}.",
        f"Khôi phục khóa từ bản sao (`haicap backup --keys-to`) hoặc đặt biến {variable}.",
    )
