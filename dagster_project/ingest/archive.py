"""Bytes as received, under their SHA-256: encrypted at rest (AES-256-GCM), owner-only, written once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dagster_project.contracts.errors import HaicapError

_NONCE_BYTES = 12


class Archive:
    """A content-addressed store. `put` and `get` speak plain bytes; the disk holds nonce + ciphertext."""

    def __init__(self, root: Path, key: bytes) -> None:
        self._root = root
        self._cipher = AESGCM(key)

    def path(self, sha256: str) -> Path:
        """Where the bytes of this hash are kept."""
        return self._root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether these bytes are stored."""
        return self.path(sha256).exists()

    def sweep(self) -> None:
        """Remove half-written files of a killed night. Only under the night's lock."""
        for stray in self._root.glob("*/.*.tmp"):
            stray.unlink(missing_ok=True)

    def put(self, sha256: str, content: bytes) -> None:
        """Store bytes once; a second call with the same hash does nothing. Atomic: whole or absent."""
        path = self.path(sha256)
        if path.exists():
            return
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        write_durably(path, nonce + self._cipher.encrypt(nonce, content, sha256.encode()))

    def get(self, sha256: str) -> bytes:
        """The bytes as received. Raises HaicapError when they are gone, or the key or the file is not the right one."""
        try:
            stored = self.path(sha256).read_bytes()
            return self._cipher.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], sha256.encode())
        except FileNotFoundError as error:
            raise HaicapError(f"Kho lưu không còn tệp {sha256[:12]}…", "Xin cơ quan gửi lại tệp gốc.") from error
        except InvalidTag as error:
            raise HaicapError(
                f"Không giải mã được tệp {sha256[:12]}… trong kho lưu.",
                "Kiểm tra khóa kho lưu và khôi phục từ bản sao.",
            ) from error


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file whole or not at all, surviving a crash: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make the content of a file, or the renames in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
