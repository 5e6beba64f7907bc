"""An HTTP server of the two web sources, that misbehaves on demand; a real socket, a thread a request."""

from __future__ import annotations

import gzip
import io
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "s3cret-token-of-the-portal"
LIST, TREE = "/api/v1/ho-so", "/api/v1/reporting/evaluation/dvc-progress-tree"
ENVELOPE = {"code": "OK", "message": "OK"}


@dataclass
class Faults:
    """What goes wrong. `next`: one fault a request, in order, "" for none; `always`: every request after those."""

    next: list[str] = field(default_factory=list)
    always: str = ""
    retry_after: str = "0"
    seconds: float = 30.0


class WebServer:
    """Serves `items` (by NgayCapNhat) or the files of a simulated folder. Use as a context manager."""

    def __init__(self, items: list[dict[str, Any]] | None = None, folder: Path | None = None) -> None:
        self.items = items or []
        self.folder = folder
        self.faults = Faults()
        self.asked: list[dict[str, Any]] = []
        self.at: list[float] = []
        self.seen = Counter[str]()
        self.clock_behind = timedelta()
        self.redirect_to = ""
        self.stop = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"office": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> WebServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One page of the list, as its items stand now."""
        rows = [i for i in self.items if asked["tuNgay"] <= str(i["NgayCapNhat"])[:8] <= asked["denNgay"]]
        rows.sort(key=lambda item: (item["NgayCapNhat"], item["MaHoSo"]))
        number, size = int(asked["currentPage"]), int(asked["pageSize"])
        pages = max(1, -(-len(rows) // size))
        head = {"currentPage": number, "pageSize": size, "totalPages": pages, "totalItems": len(rows)}
        return head | {"items": rows[(number - 1) * size : number * size]}


class _Handler(BaseHTTPRequestHandler):
    office: WebServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(UTC) - self.office.clock_behind, usegmt=True)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._serve(parts.path == LIST, dict(parse_qsl(parts.query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._serve(self.path == TREE, json.loads(body))

    def _serve(self, is_known: bool, asked: dict[str, Any]) -> None:
        office = self.office
        fault = office.faults.next.pop(0) if office.faults.next else office.faults.always
        office.asked.append(asked)
        office.at.append(time.monotonic())
        office.seen[fault or "ok"] += 1
        if not is_known:
            self._send(404, b"{}")
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}" or fault == "401":
            self._send(401, b'{"message":"no"}')
        elif fault in ("403", "429", "500", "503"):
            self._send(int(fault), b"<html>busy</html>", {"Retry-After": office.faults.retry_after})
        elif fault in ODD_ANSWERS:
            self._send(200, *ODD_ANSWERS[fault]())
        elif fault == "redirect":
            self._send(302, b"", {"Location": office.redirect_to or f"{office.url}{self.path}"})
        elif fault == "mail":
            self.wfile.write(b"220 thu.example.vn ESMTP\r\n\r\n")
            self.close_connection = True
        elif fault == "endless":
            self._pack_without_end()
        elif fault == "hang":
            office.stop.wait(office.faults.seconds)
        else:
            self._answer(asked, fault)

    def _answer(self, asked: dict[str, Any], fault: str) -> None:
        content = self._tree(asked) if "timeType" in asked else self._list(asked, fault)
        if content is None:
            self._send(404, b"{}")
        elif fault == "cut":
            self._head(200, len(content), {})
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif fault == "slow":
            self._head(200, len(content), {})
            for byte in content:
                self.wfile.write(bytes([byte]))
                if self.office.stop.wait(0.05):
                    return
        elif fault == "gzip":
            self._send(200, gzip.compress(content), {"Content-Encoding": "gzip"})
        else:
            self._send(201 if "timeType" in asked else 200, content)

    def _pack_without_end(self) -> None:
        """A whole gzip answer that is no JSON, and then bytes that never end."""
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(gzip.compress(b'{"data": '))
        with suppress(OSError):
            while not self.office.stop.is_set():
                self.wfile.write(bytes(1 << 16))

    def _tree(self, asked: dict[str, Any]) -> bytes | None:
        kind, year = asked["timeType"], asked["year"]
        name = {
            "month": lambda: f"month-{year}-{asked['month']:02d}",
            "quarter": lambda: f"quarter-{year}-{asked['quarter']}",
            "year": lambda: f"year-{year}",
        }[kind]()
        assert self.office.folder is not None
        path = self.office.folder / "national_portal" / "dvc-progress-tree" / f"{name}.json"
        return path.read_bytes() if path.exists() else None

    def _list(self, asked: dict[str, Any], fault: str) -> bytes | None:
        if self.office.folder is not None:
            return self._from_folder(asked)
        data = self.office.page(asked)
        number = int(asked["currentPage"])
        if fault == "repeat" and number > 1:
            data["items"] = self.office.page(asked | {"currentPage": number - 1})["items"]
        elif fault == "shrunk":
            data["items"] = data["items"][:-2]
        elif fault == "total":
            data["totalItems"] += 7
        return json.dumps(ENVELOPE | {"data": data}, ensure_ascii=False).encode()

    def _from_folder(self, asked: dict[str, Any]) -> bytes | None:
        assert self.office.folder is not None
        pull = self.office.folder / "procedures_pt" / f"{asked['tuNgay']}-{asked['denNgay']}"
        page = pull / f"page-{int(asked['currentPage']):04d}.json"
        return page.read_bytes() if page.exists() else None

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers | {"Content-Length": str(length)}).items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(content), headers or {})
        self.wfile.write(content)


@cache
def bomb(size: int = 100 * 1024 * 1024) -> bytes:
    """100 MB of blanks in 100 kB."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(size // (1024 * 1024)):
            file.write(b" " * (1024 * 1024))
    return packed.getvalue()


_PACKED = {"Content-Encoding": "gzip"}
ODD_ANSWERS: dict[str, Callable[[], tuple[bytes, dict[str, str]]]] = {
    "html": lambda: (b"<!DOCTYPE html><title>Login</title>", {"Content-Type": "text/html"}),
    "envelope": lambda: (b'{"code":"SYS-99","message":"Nguyen Van A","data":null}', {}),
    "bomb": lambda: (bomb(), _PACKED),
    "noise": lambda: (b"no gzip at all", _PACKED),
    "date": lambda: (b'{"data":[]}', {"Date": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}),
    "huge": lambda: (b'{"data":{"items":[{"n":-' + b"7" * 5000 + b"}]}}", {}),
    "deep": lambda: (b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}),
    "brackets": lambda: (b'{"data":{"items":[' + b"{}," * 4_000_000 + b"{}]}}", {}),
}
"""Answers with status 200 that nobody can use: body and headers."""
