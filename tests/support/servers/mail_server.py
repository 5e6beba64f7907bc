"""A real SMTP server (aiosmtpd), in a thread of its own, that refuses on demand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller


class Sink:
    """Takes mail; `data` and `refuse` are the answers that it gives first."""

    def __init__(self) -> None:
        self.data: list[str] = []
        self.refuse: dict[str, list[str]] = {}
        self.taken: list[tuple[list[str], bytes]] = []
        self.hangs_up = False

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        answers = self.refuse.get(address, [])
        if answers:
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        if self.hangs_up:
            self.taken.append((list(envelope.rcpt_tos), envelope.content))
            server.transport.abort()
            return "250 never heard"
        if self.data:
            return self.data.pop(0)
        self.taken.append((list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(sink: Sink, **options: object) -> Iterator[int]:
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), server_hostname="sink", **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
