"""A real SFTP server (asyncssh) with key authentication, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh


class SftpServer:
    """Serves a folder. `forbidden`: names that may not be read; `hangs`: every read waits; `cuts_after`: reads until
    the connection is dropped; `made_up`: names of files that are listed besides those there; `has_endless_folders`:
    each folder lists one more. Use as a context manager; `keys` gets the client's key and known_hosts."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder, self.keys = folder, keys
        self.forbidden: set[str] = set()
        self.hangs = False
        self.cuts_after: int | None = None
        self.opened: list[str] = []
        self.made_up: list[str] = []
        self.has_endless_folders = False
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> SftpServer:
        self.keys.mkdir(parents=True, exist_ok=True)
        client, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self.key = self.keys / "id_ed25519"
        client.write_private_key(str(self.key))
        self.key.chmod(0o600)
        (self.keys / "authorized").write_bytes(client.export_public_key())
        self._thread.start()
        self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(host), self._loop).result(10)
        self.port = self._acceptor.get_port()
        self.known_hosts = self.keys / "known_hosts"
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {host.export_public_key().decode()}", encoding="utf-8")
        return self

    async def _listen(self, host: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
        office = self

        class Server(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                office.connections += 1
                self.connection = conn

        return await asyncssh.listen(
            "127.0.0.1", 0, server_factory=Server, sftp_factory=self._make_files_class(), server_host_keys=[host],
            authorized_client_keys=str(self.keys / "authorized"),
        )  # fmt: skip

    async def list_names(
        self, path: bytes, there: AsyncIterator[asyncssh.SFTPName]
    ) -> AsyncIterator[asyncssh.SFTPName]:
        """What the server lists of a folder: what is there, and what a test makes up."""
        if self.has_endless_folders:
            yield _make_name("sau", 0o40755)
            return
        async for each in there:
            yield each
        for name in self.made_up if path == b"/" else ():
            yield _make_name(name, 0o100644)

    def _make_files_class(self) -> type[asyncssh.SFTPServer]:
        office = self

        class Files(asyncssh.SFTPServer):
            def __init__(self, chan: asyncssh.SSHServerChannel) -> None:
                super().__init__(chan, chroot=str(office.folder).encode())

            def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
                name = path.decode().rsplit("/", 1)[-1]
                if name in office.forbidden:
                    raise asyncssh.SFTPPermissionDenied("no")
                office.opened.append(name)
                return super().open(path, pflags, attrs)

            async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
                async for each in office.list_names(path, super().scandir(path)):
                    yield each

            async def read(self, file_obj: object, offset: int, size: int) -> bytes:
                while office.hangs:
                    await asyncio.sleep(0.1)
                if office.cuts_after is not None:
                    office.cuts_after -= 1
                    if office.cuts_after < 0:
                        office.cuts_after = None
                        self.connection.abort()
                return super().read(file_obj, offset, size)

        return Files

    def __exit__(self, *_: object) -> None:
        async def close() -> None:
            self._acceptor.close()
            await asyncio.sleep(0.05)

        self.hangs = False
        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


def _make_name(name: str, mode: int) -> asyncssh.SFTPName:
    """A line of a listing, of something that is not there."""
    return asyncssh.SFTPName(name.encode(), attrs=asyncssh.SFTPAttrs(permissions=mode, size=3, mtime=0, atime=0))
