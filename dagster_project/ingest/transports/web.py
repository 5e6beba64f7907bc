"""One HTTP source over httpx: bounded answers, patience with passing faults, JSON or nothing."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.json import parse
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.ingest.transports.transport import Place, try_insistently
from dagster_project.settings.sources import HttpSource, PortalSource

_CHUNK = 64 * 1024
_MOST_VALUES = 4_000_000  # a page of 10,000 rows with 200 columns has half of it
_BY_STATUS = {401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "throttled"}
# Time-outs, too early, too many requests, and faults of the server: the same request may succeed later.
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """Holds a whole, readable answer. `at`: the server's own clock, None when it does not say."""

    content: bytes
    json: Any
    at: datetime | None


class Web:
    """Asks one server, one request at a time. Use as a context manager. `pause_seconds`: between two requests."""

    def __init__(self, source: HttpSource | PortalSource, place: Place, pause_seconds: float = 0.0) -> None:
        self._limits = place.limits
        self._path = source.path
        self._pause = pause_seconds
        self._last = 0.0
        if source.token is not None and source.url.startswith("http:") and not source.token_over_http:
            raise PullFault("token_in_clear")
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "haicap"}
        if source.token is not None:
            headers["Authorization"] = f"Bearer {source.token.get_secret_value()}"
        trusted = _trust_authorities(source, place)
        silence = httpx.Timeout(self._limits.read_seconds, connect=self._limits.connect_seconds)
        # No redirect is followed: the token and the question would go wherever an answer says.
        self._client = httpx.Client(
            base_url=source.url, headers=headers, timeout=silence, verify=trusted, follow_redirects=False
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(
        self, method: str, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Ask once, and again while it fails for a reason that passes; return the answer. Raises PullFault."""
        return try_insistently(self._limits, lambda: self._ask_once(method, params, body))

    def _ask_once(self, method: str, params: Mapping[str, Any] | None, body: Mapping[str, Any] | None) -> Answer:
        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        try:
            with self._client.stream(method, self._path, params=params, json=body) as response:
                _refuse(response)
                content = self._read(response)
        finally:
            self._last = time.monotonic()
        try:
            return Answer(content, parse(content), read_server_time(response))
        except BlockedFile as fault:
            raise PullFault("error_answer" if fault.rule == "error_answer" else "not_json") from None

    def _read(self, response: httpx.Response) -> bytes:
        """Read and unpack the body within bounds: kilobytes may hold gigabytes, or take hours to come.

        A few megabytes of brackets become gigabytes of Python's objects: so their number is bounded, too.
        """
        until = time.monotonic() + self._limits.answer_seconds
        content = bytearray()
        for part in _unpack(response):
            content += part
            if len(content) > self._limits.answer_bytes:
                raise PullFault("too_big", f"quá {self._limits.answer_megabytes:g} MB")
            if time.monotonic() > until:
                raise PullFault("timeout", "câu trả lời quá chậm")
        if sum(map(content.count, b",[{")) > _MOST_VALUES:
            raise PullFault("too_big", f"quá {_MOST_VALUES} giá trị")
        return bytes(content)


def _trust_authorities(source: HttpSource | PortalSource, place: Place) -> ssl.SSLContext:
    """Make what verifies every server: the authorities of this machine and, when one is told, that of `ca_file`."""
    if source.ca_file is None:
        return ssl.create_default_context()
    file = place.locate(source.ca_file)
    if not file.is_file():
        raise PullFault("bad_ca_file", "không có tệp")
    try:
        return ssl.create_default_context(cafile=str(file))
    except (OSError, ValueError):  # an SSLError is an OSError
        raise PullFault("bad_ca_file") from None


def read_server_time(response: httpx.Response) -> datetime | None:
    """Read the server's clock, in Ho Chi Minh City's time."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(HO_CHI_MINH)
    except (KeyError, ValueError, OverflowError):
        return None


def _refuse(response: httpx.Response) -> None:
    """Raise for every status but 200 and 201."""
    status = response.status_code
    if status in (200, 201):
        return
    by_class = "server_error" if status >= 500 else "redirected" if 300 <= status < 400 else "refused_request"
    kind = _BY_STATUS.get(status, by_class)
    detail = "" if status in _BY_STATUS else f"mã {status}"
    raise PullFault(kind, detail, wait=_read_retry_after(response), passing=status in _TRY_AGAIN)


def _read_retry_after(response: httpx.Response) -> float | None:
    """Read how many seconds the server asks to wait, given as a number or as a date by its own clock."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return float(told)
    try:
        when = parsedate_to_datetime(told)
        now = read_server_time(response) or datetime.now(UTC)
        return max(0.0, (when - now).total_seconds()) if when.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _unpack(response: httpx.Response) -> Iterator[bytes]:
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    # Only what zlib can unpack piece by piece: so that the bound on bytes holds while it unpacks.
    if packing not in ("identity", "", "gzip", "x-gzip"):
        raise PullFault("not_json", "kiểu nén lạ")
    if packing in ("identity", ""):
        yield from response.iter_raw()
        return
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for part in response.iter_raw():
            yield unpacker.decompress(part, _CHUNK)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
            if unpacker.eof:  # what still comes is no part of the answer, and may come without end
                return
    except zlib.error:
        raise PullFault("not_json", "nén hỏng") from None
    if not unpacker.eof:
        raise PullFault("cut")
