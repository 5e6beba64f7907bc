"""dbt without its running commentary, which nobody hears: the verdict on each node is in the result of the run.

dbt makes a dozen messages a node, as protobuf and with what is known of the node, before it asks whether anybody
listens; `--log-level none` only takes the listeners away. It was a sixth of a small build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel, InfoLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

_HEARD = (EventLevel.WARN, EventLevel.ERROR)


class _Unheard(EventManager):
    """Warnings and errors as ever, for dbt acts on them; nothing is made of the rest."""

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        """Pass on what dbt may act on."""
        if force_warn_or_error_handling or self.loggers or (level or e.level_tag()) in _HEARD:
            super().fire_event(e, level, node, force_warn_or_error_handling)


@contextmanager
def _made_when_read(level: type[BaseEvent]) -> Iterator[None]:
    """Within it an event of this level keeps what it was told, and makes a message of it when somebody looks inside."""

    def keep(event: BaseEvent, *unnamed: Any, **named: Any) -> None:
        event.__dict__["told"] = unnamed, named

    def read(event: BaseEvent) -> Any:
        if "message" not in event.__dict__:
            unnamed, named = event.__dict__["told"]
            BaseEvent.__init__(event, *unnamed, **named)  # which sets `pb_msg`
        return event.__dict__["message"]

    def put(event: BaseEvent, message: Any) -> None:
        event.__dict__["message"] = message

    level.__init__, level.pb_msg = keep, property(read, put)  # type: ignore[method-assign, assignment, attr-defined]
    try:
        yield
    finally:
        del level.__init__, level.pb_msg  # type: ignore[attr-defined]


@contextmanager
def quiet_dbt() -> Iterator[None]:
    """Within it dbt makes no messages below a warning; with a logger (a log level that is not `none`) it does."""
    before = get_event_manager()
    ctx_set_event_manager(_Unheard())
    try:
        with _made_when_read(DebugLevel), _made_when_read(InfoLevel):
            yield
    finally:
        ctx_set_event_manager(before)
