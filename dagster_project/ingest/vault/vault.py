"""The vault: of each batch the identifying cells of its faulty rows, encrypted, so that they can be sent back.

One file per batch, `<home>/vault/<feed>/<batch>.bin`: Parquet under AES-256-GCM with a key of its own, bound to the
batch. Only light imports here: a night with nothing new looks for what is past its time, and must answer at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from dagster_project.core.durable_files import write_together
from dagster_project.core.errors import HaicapError
from dagster_project.core.keys import VAULT_VARIABLE, load_keys
from dagster_project.core.paths import Home
from dagster_project.core.seal import Seal

if TYPE_CHECKING:
    import pandas as pd


class Vault:
    """Keeps the records of one home. Frames go in and come out; the disk holds nonce + ciphertext."""

    def __init__(self, root: Path, key: bytes, *older: bytes) -> None:
        self._root = root
        self._seal = Seal(key, *older)

    def has(self, feed_id: str, batch: str) -> bool:
        """Tell whether there is a record of this batch."""
        return locate_record(self._root, feed_id, batch).exists()

    def put(self, feed_id: str, batch: str, cells: pd.DataFrame) -> None:
        """Write the record of a batch, whole or not at all, over an earlier one."""
        self.put_all(feed_id, [(batch, cells)])

    def put_all(self, feed_id: str, records: Iterable[tuple[str, pd.DataFrame]]) -> None:
        """Write many records (batch, cells) of a feed, each as `put` does; they are durable together when this
        returns."""
        with write_together() as together:
            for batch, cells in records:
                path = locate_record(self._root, feed_id, batch)
                for folder in (self._root, path.parent):
                    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                    folder.chmod(0o700)  # mkdir leaves a folder that is there as it is
                buffer = BytesIO()
                cells.to_parquet(buffer, index=False, compression="zstd")
                together.write(path, self._seal.close(batch, buffer.getvalue()), mode=0o600)

    def get(self, feed_id: str, batch: str) -> pd.DataFrame:
        """Return the cells of a batch. Raises HaicapError without a record, or when key or file is not the
        right one."""
        import pandas as pd

        return pd.read_parquet(BytesIO(self.get_content(feed_id, batch)))

    def get_content(self, feed_id: str, batch: str) -> bytes:
        """Return the same as it is kept, as Parquet. Raises as `get` does."""
        try:
            return self._seal.open(batch, locate_record(self._root, feed_id, batch).read_bytes())
        except (FileNotFoundError, IsADirectoryError) as error:
            raise HaicapError(f"Két không giữ dòng nào của lô {batch}.", "Xem lại mã lô bằng `haicap gaps`.") from error
        except InvalidTag as error:
            raise HaicapError(
                f"Không giải mã được lô {batch} trong két: khóa không đúng, hoặc tệp đã bị sửa.",
                "Kiểm tra khóa của két (keys/vault.key hoặc HAICAP_VAULT_KEY) và khôi phục tệp từ bản sao.",
            ) from error


def locate_record(root: Path, feed_id: str, batch: str) -> Path:
    """Return where a vault at `root` keeps the record of this batch."""
    return root / feed_id / f"{batch}.bin"


def open_vault(home: Home) -> Vault:
    """Open the vault of a home with its key, which is made on first use."""
    return Vault(home.vault, *load_keys("vault", home.keys, VAULT_VARIABLE, home.vault.glob("*/*.bin")))
