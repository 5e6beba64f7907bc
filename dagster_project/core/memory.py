"""How much memory a piece of work may take, held by the system itself."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def bound_memory(size: int) -> Iterator[None]:
    """Let this process take `size` bytes of data more than it has; beyond them MemoryError, or a library's own error.

    It does nothing where the system does not tell how much a process has (other systems than Linux), and where less is
    allowed already.
    """
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _measure_data() + size
    if limit == size or (before != resource.RLIM_INFINITY and before < limit):
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def _measure_data() -> int:
    """Return the bytes of data of this process; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii", errors="replace").splitlines() if status.exists() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:")), 0)
