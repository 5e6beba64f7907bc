"""Change the key of the archive or of the vault; a kill at any instant loses nothing.

1. The key in use is also kept as `keys/<name>.old.key`. 2. A new one takes its place: from here on everything new is
written with it, and everything is read with both. 3. Every object is written again under the new key. 4. When each one
opens with the new key, the old one goes, last. A rotation that finds an old key goes on with step 3.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag

from dagster_project.core.durable_files import pass_fault_point, sync, write_durably
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.keys import (
    ARCHIVE_VARIABLE,
    KEY_BYTES,
    VAULT_VARIABLE,
    load_key,
    load_keys,
    read_key_file,
    read_key_from_environment,
)
from dagster_project.core.paths import Home
from dagster_project.core.seal import Seal
from dagster_project.warehouse.lock import hold_night_lock

Store = Literal["archive", "vault"]
_VARIABLES: dict[Store, str] = {"archive": ARCHIVE_VARIABLE, "vault": VAULT_VARIABLE}


@dataclass(frozen=True)
class Rotation:
    """Says how a rotation went: `rewritten` of `objects` were under the old key; `resumed`: one was cut off before."""

    store: Store
    objects: int
    rewritten: int
    resumed: bool
    from_environment: bool


def rotate_keys(home: Home, store: Store) -> Rotation:
    """Put every object of `store` under a new key. Holds the night's lock.

    Keys given by the environment are changed there first (new value, the old one as `<variable>_OLD`), then this runs.
    Raises UsageError when they are not, HaicapError when an object opens with neither key; the old key then stays.
    """
    variable = _VARIABLES[store]
    with hold_night_lock(home):
        from_environment = read_key_from_environment(variable) is not None
        resumed = _check_environment(variable) if from_environment else _begin(home, store, variable)
        keys = load_keys(store, home.keys, variable)
        objects = _list_objects(home, store)
        rewritten, unreadable = 0, []
        for path, name in objects:
            try:
                rewritten += _renew(path, name, keys)
            except InvalidTag:
                unreadable.append(f"{path.parent.name}/{path.name}")
            pass_fault_point("one_rewritten")
        if unreadable:
            raise HaicapError(
                f"Không khóa nào mở được {len(unreadable)} tệp: {', '.join(unreadable[:5])}. Khóa cũ vẫn được giữ.",
                "Khôi phục các tệp này từ bản sao rồi chạy lại lệnh đổi khóa.",
            )
        if not from_environment:
            (home.keys / f"{store}.old.key").unlink(missing_ok=True)
            sync(home.keys)
    return Rotation(store, len(objects), rewritten, resumed, from_environment)


def _check_environment(variable: str) -> bool:
    if read_key_from_environment(f"{variable}_OLD") is None:
        raise UsageError(
            f"Khóa do biến môi trường {variable} cung cấp, nên phải đổi ở đó trước.",
            f"Đặt {variable} là khóa mới, {variable}_OLD là khóa cũ, rồi chạy lại.",
        )
    return False


def _begin(home: Home, store: Store, variable: str) -> bool:
    """Do steps 1 and 2. Returns True when a rotation that was cut off had done them already."""
    key, old = home.keys / f"{store}.key", home.keys / f"{store}.old.key"
    load_key(store, home.keys, variable, (path for path, _ in _list_objects(home, store)))
    if old.exists() and read_key_file(old) != read_key_file(key):
        return True
    if not old.exists():
        os.link(key, old)
        sync(home.keys)
    pass_fault_point("old_key_kept")
    write_durably(key, secrets.token_bytes(KEY_BYTES), mode=0o600)
    pass_fault_point("new_key_written")
    return False


def _renew(path: Path, name: str, keys: tuple[bytes, ...]) -> bool:
    """Write one object under the newest key and prove that it opens. Returns False when it was so already."""
    newest = Seal(keys[0])
    try:
        newest.open(name, path.read_bytes())
        return False
    except InvalidTag:
        content = Seal(*keys).open(name, path.read_bytes())
    write_durably(path, newest.close(name, content), mode=0o600)
    newest.open(name, path.read_bytes())
    return True


def _list_objects(home: Home, store: Store) -> list[tuple[Path, str]]:
    """List every object with the name that it is sealed under."""
    root = home.archive if store == "archive" else home.vault
    if store == "archive":
        return [(path, path.name) for path in sorted(root.glob("??/*"))]
    return [(path, path.stem) for path in sorted(root.glob("*/*.bin"))]
