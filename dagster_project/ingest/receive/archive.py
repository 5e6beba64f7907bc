"""Bytes as received, under their SHA-256: encrypted at rest (AES-256-GCM), owner-only, written once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag

from dagster_project.core.durable_files import write_together
from dagster_project.core.errors import HaicapError
from dagster_project.core.keys import ARCHIVE_VARIABLE, load_keys
from dagster_project.core.paths import Home
from dagster_project.core.seal import Seal


class Archive:
    """Keeps bytes under their hash. `put` and `get` speak plain bytes; the disk holds nonce + ciphertext.

    `older`: keys that a rotation under way has not replaced everywhere yet.
    """

    def __init__(self, root: Path, key: bytes, *older: bytes) -> None:
        self._root = root
        self._seal = Seal(key, *older)

    def locate(self, sha256: str) -> Path:
        """Return where the bytes of this hash are kept."""
        return locate_object(self._root, sha256)

    def has(self, sha256: str) -> bool:
        """Tell whether these bytes are stored."""
        return self.locate(sha256).exists()

    def put(self, sha256: str, content: bytes) -> None:
        """Store bytes once; a second call with the same hash does nothing. Atomic: whole or absent."""
        self.put_all([(sha256, content)])

    def put_all(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Store many bytes (hash, content), each as `put` does; they are durable together when this returns."""
        with write_together() as together:
            for sha256, content in contents:
                path = self.locate(sha256)
                if not path.exists():
                    # Files hold names of persons: for the owner alone.
                    self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
                    path.parent.mkdir(exist_ok=True, mode=0o700)
                    together.write(path, self._seal.close(sha256, content), mode=0o600)

    def get(self, sha256: str) -> bytes:
        """Return the bytes as received. Raises HaicapError when they are gone, or the key or the file is not the right
        one."""
        try:
            return self._seal.open(sha256, self.locate(sha256).read_bytes())
        except (FileNotFoundError, IsADirectoryError) as error:
            raise HaicapError(f"Kho lưu không còn tệp {sha256[:12]}…", "Xin cơ quan gửi lại tệp gốc.") from error
        except InvalidTag as error:
            raise HaicapError(
                f"Không giải mã được tệp {sha256[:12]}… trong kho lưu.",
                "Kiểm tra khóa kho lưu và khôi phục từ bản sao.",
            ) from error


def open_archive(home: Home) -> Archive:
    """Open the archive of a home with its key, which is made on first use."""
    return Archive(home.archive, *load_keys("archive", home.keys, ARCHIVE_VARIABLE, home.archive.glob("??/*")))


def locate_object(root: Path, sha256: str) -> Path:
    """Return where an archive at `root` keeps the bytes of this hash."""
    return root / sha256[:2] / sha256
