"""Who may ask Dagster's UI: its own pages and programs of this machine; over a real server and real sockets."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator

import pytest

from dagster_project.defs.ui_guard import UiGuard

uvicorn = pytest.importorskip("uvicorn")
pytestmark = pytest.mark.extra


async def answer(scope, receive, send) -> None:
    """An application that answers everybody."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"of Dagster"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server whose guard knows its port."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        number = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(UiGuard(answer, number), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield number
        server.should_exit = True
        thread.join(10)


def ask(port: int, method: str, path: str, headers: dict[str, str], body: str | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    told = {"Host": f"127.0.0.1:{port}"} | {name: value.replace("PORT", str(port)) for name, value in headers.items()}
    connection.request(method, path, body=body, headers=told)
    got = connection.getresponse()
    assert (got.read() == b"of Dagster") == (got.status == 200)
    return got.status


MUTATION = "/graphql?query=mutation%7BshutdownRepositoryLocation(repositoryLocationName%3A%22x%22)%7B__typename%7D%7D"
JSON = {"Content-Type": "application/json"}
OWN = {"Origin": "http://127.0.0.1:PORT", "Sec-Fetch-Site": "same-origin"}
FOREIGN = {"Origin": "https://trang-la.example", "Sec-Fetch-Site": "cross-site"}
ALLOWED = {
    "a page that a person opens": ("GET", "/assets", {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}),
    "a link from a page elsewhere": ("GET", "/runs/1", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
    "under the other name of this machine": ("GET", "/", {"Host": "localhost:PORT"}),
    "the UI's own question": ("POST", "/graphql", OWN | JSON),
    "a file of the UI": ("GET", "/main.js", {"Sec-Fetch-Site": "same-origin"}),
    "a program of this machine": ("POST", "/graphql", JSON),
    "the page of GraphiQL": ("GET", "/graphql", {"Accept": "text/html"}),
}
REFUSED = {
    "another name that leads here": ("GET", "/", {"Host": "trang-la.example:PORT"}),
    "another port's name": ("GET", "/", {"Host": "127.0.0.1:1"}),
    "a name that only begins like ours": ("GET", "/", {"Host": "localhost:PORT.trang-la.example"}),
    "another name, JSON": ("POST", "/graphql", JSON | {"Host": "trang-la.example:PORT"}),
    "a mutation in an address": ("GET", MUTATION, {}),
    "a mutation in an address, by a link": ("GET", MUTATION, {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}),
    "a mutation in an address, by our own page": ("GET", MUTATION, OWN),
    "a question with a slash at its end": ("GET", MUTATION.replace("?", "/?"), {}),
    "a mutation by HEAD": ("HEAD", MUTATION, {}),
    "a foreign page's script": ("POST", "/graphql", FOREIGN | JSON),
    "a foreign page's form": ("POST", MUTATION, {"Content-Type": "application/x-www-form-urlencoded"}),
    "a form that calls itself text": ("POST", "/graphql", {"Content-Type": "text/plain"}),
    "a page without an origin": ("POST", "/graphql", {"Origin": "null"} | JSON),
    "another port of this machine": ("POST", "/graphql", {"Origin": "http://127.0.0.1:1"} | JSON),
    "ours over TLS, which it is not": ("POST", "/graphql", {"Origin": "https://127.0.0.1:PORT"} | JSON),
    "a foreign page's image": ("GET", "/logo.png", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
    "a report by a foreign page": ("POST", "/report_asset_materialization/landing", {}),
}


@pytest.mark.parametrize("who", ALLOWED)
def test_who_may_ask(port, who):
    method, path, headers = ALLOWED[who]
    assert ask(port, method, path, headers, json.dumps({"query": "{version}"}) if method == "POST" else None) == 200


@pytest.mark.parametrize("who", REFUSED)
def test_who_may_not(port, who):
    method, path, headers = REFUSED[who]
    assert ask(port, method, path, headers, "{}" if method == "POST" else None) == 403


@pytest.mark.parametrize(("origin", "is_served"), [("http://127.0.0.1:{}", True), ("https://trang-la.example", False)])
def test_a_web_socket_is_opened_by_our_own_page_alone(origin, is_served):
    import asyncio

    asked: list[str] = []

    async def app(scope, receive, send) -> None:
        asked.append(scope["type"])

    sent: list[dict] = []

    async def try_it() -> None:
        headers = [(b"host", b"127.0.0.1:3000"), (b"origin", origin.format(3000).encode())]
        scope = {"type": "websocket", "path": "/graphql", "headers": headers}

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await UiGuard(app, 3000)(scope, receive, send)

    asyncio.run(try_it())
    assert (bool(asked), [m["type"] for m in sent]) == (is_served, [] if is_served else ["websocket.close"])
