"""What stands before Dagster's UI: it answers its own pages on this machine alone (docs/decisions/021-ui-guard.md).

The UI has no login. Without a guard any page that a person of this machine opens could speak to it: under a name of its
own that leads here, by a form, or by an image whose address is a GraphQL mutation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS = ("127.0.0.1", "localhost")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN_SITES = ("same-origin", "none")  # `none`: typed by a person, or out of a bookmark
_REFUSED = "Bị từ chối: chỉ trang của chính giao diện này được hỏi. Mở http://127.0.0.1 với cổng của nó.\n".encode()


class UiGuard:
    """Hands a request on when it comes from a page of this UI, or from a program of this machine; refuses all else."""

    def __init__(self, app: App, port: int) -> None:
        self._app = app
        self._hosts = frozenset(f"{host}:{port}" for host in HOSTS) | (frozenset(HOSTS) if port == 80 else frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket. Those who are refused learn nothing of Dagster."""
        if scope["type"] not in ("http", "websocket") or self._is_own(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 403, "headers": plain})
            await send({"type": "http.response.body", "body": _REFUSED})

    def _is_own(self, scope: Scope) -> bool:
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1").strip().lower())
        hosts, origins = headers.get("host", []), headers.get("origin", [])
        if len(hosts) != 1 or hosts[0] not in self._hosts or any(origin != f"http://{hosts[0]}" for origin in origins):
            return False
        if scope["type"] == "websocket":  # a browser always tells the origin of one
            return True
        sites = headers.get("sec-fetch-site", [])
        is_visit = headers.get("sec-fetch-mode") == ["navigate"]
        is_graphql = scope["path"].rstrip("/").endswith("/graphql")
        if scope["method"] in _SAFE_METHODS:
            # A link from elsewhere may open a page. A question in an address is one that any page could ask.
            asks = is_graphql and bool(scope.get("query_string"))
            return not asks and (is_visit or all(site in _OWN_SITES for site in sites))
        # A form of an old browser tells no origin, and cannot send JSON.
        is_json = headers.get("content-type", [""])[0].split(";")[0].strip() == "application/json"
        return all(site in _OWN_SITES for site in sites) and (bool(origins) or is_json)
