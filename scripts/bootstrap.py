"""Make the locked environment from nothing but Python 3.11 or newer: fetch uv when it is not there, then sync the lock.

Usage: python3 scripts/bootstrap.py VENV [PART …]; a part is `dev` or an extra of pyproject.toml, and without one the
core alone is installed. Needs the package registry when a lock has changed; every file is checked against the hashes of
requirements.lock (the core) and requirements.PART.lock (what a part adds to it).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE, DEV = ROOT / "requirements.lock", ROOT / "requirements.dev.lock"
OLDEST, TOO_NEW = (3, 11), (3, 14)


def main(folder: Path, parts: list[str]) -> None:
    """Create `folder` as a virtual environment that holds exactly what the locks name, and this project, editable."""
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"haicap cần Python từ 3.11 đến 3.13 (đang là {found}). Chạy: make PYTHON=python3.12 …")
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=shutil.which("uv") is None)
    uv = _find_uv(folder, python)
    locks = [str(CORE), *(str(ROOT / f"requirements.{part}.lock") for part in parts)]
    _run([*uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", str(python), *locks])
    build = [option for lock in (CORE, DEV) for option in ("--build-constraints", str(lock))]
    _run([*uv, "pip", "install", "--quiet", "--no-deps", *build, "--python", str(python), "--editable", str(ROOT)])
    _run([str(python), "-m", "compileall", "-q", str(ROOT / "dagster_project")])
    for part in ("warehouse.dbt_project", "night.demo"):
        _run([str(python), "-m", f"dagster_project.{part}", "--install"])


def _find_uv(folder: Path, python: Path) -> list[str]:
    """Return the command that runs uv: the environment's own, the machine's, else one that is fetched beside it."""
    own = folder / "bin" / "uv"  # the lock of `dev` names it, so every run after the first has it
    found = str(own) if own.exists() else shutil.which("uv")
    if found:
        return [found]
    beside = folder.parent / ".uv"
    if not (beside / "bin" / "uv").exists():
        _run([str(python), "-m", "pip", "install", "--quiet", "--target", str(beside), _read_pinned_uv()])
    return [str(beside / "bin" / "uv")]


def _read_pinned_uv() -> str:
    """Return uv's requirement as the lock pins it, so that every machine builds with the same one."""
    lines = DEV.read_text(encoding="utf-8").splitlines()
    return next(line.split(" ")[0] for line in lines if line.startswith("uv=="))


def _run(command: list[str]) -> None:
    result = subprocess.run(command, check=False)
    if result.returncode:
        sys.exit(f"Không dựng được môi trường (lệnh dừng với mã {result.returncode}). Kiểm tra đường mạng tới kho gói.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".venv", sys.argv[2:])
