"""A real PostgreSQL from Debian's package, in a folder of its own, never as root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PASSWORD = "mật-khẩu-của-sở"


class PostgresServer:
    """Use as a context manager: starts in a second or two, leaves nothing behind."""

    def __enter__(self) -> PostgresServer:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) or [Path(shutil.which("pg_ctl") or "")]
        assert found[-1].is_file(), "PostgreSQL chưa cài: .ci/run cài postgresql"
        self._bin = found[-1].parent
        self._root = Path(tempfile.mkdtemp(prefix="haicap-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self._root, "postgres", "postgres")
        self._root.chmod(0o700)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        password = self._root / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            shutil.chown(password, "postgres", "postgres")
        data = str(self._root / "data")
        self._run("initdb", "-D", data, "-U", "chu", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "-N")
        settings = f"-p {self.port} -k {self._root} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", data, "-o", settings, "-l", str(self._root / "log"), "-w", "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self._root / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._root)

    @property
    def url(self) -> str:
        """As an operator writes it: no password."""
        return f"postgresql://chu@127.0.0.1:{self.port}/postgres"

    def _run(self, *command: str) -> None:
        as_other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        words = [*as_other, str(self._bin / command[0]), *command[1:]]
        done = subprocess.run(words, capture_output=True, check=False, timeout=120, cwd=self._root)
        assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")
