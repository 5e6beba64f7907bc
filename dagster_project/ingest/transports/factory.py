"""Which transport serves a source, and which feeds it may serve."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_project.contracts.models import Feed
from dagster_project.core.errors import UsageError
from dagster_project.ingest.transports.transport import Place, Transport
from dagster_project.settings.sources import FolderSource, HttpSource, PortalSource, SftpSource, Source

READER_OF = {"http": "json_pages", "portal": "json_tree", "sql": "sql"}
"""Transports that speak one form only → the reader that a feed's layout must name. Files go with any reader."""


def open_transport(source: Source, place: Place) -> Transport:
    """Make the transport of a source; its library is imported only now."""
    if isinstance(source, (FolderSource, SftpSource)):
        from dagster_project.ingest.transports.files import FileTransport

        return FileTransport(source, place)
    if isinstance(source, HttpSource):
        from dagster_project.ingest.transports.pages import PagedTransport

        return PagedTransport(source, place)
    if isinstance(source, PortalSource):
        from dagster_project.ingest.transports.portal import PortalTransport

        return PortalTransport(source, place)
    from dagster_project.ingest.transports.table import TableTransport

    return TableTransport(source, place)


def refuse_unfit(sources: Mapping[str, Source], feeds: Mapping[str, Feed]) -> None:
    """Raise UsageError for a source of no feed, or of a kind that cannot bring what the feed's reader reads."""
    for feed_id, source in sources.items():
        if feed_id not in feeds:
            raise UsageError(f"haicap.yaml: không có nguồn {feed_id}.", f"Các nguồn: {', '.join(sorted(feeds))}.")
        reader = READER_OF.get(source.kind)
        if reader is not None and feeds[feed_id].layout.reader.kind != reader:
            raise UsageError(
                f"haicap.yaml: nguồn {feed_id} không lấy được bằng kiểu {source.kind}.", "Dùng kiểu folder hoặc sftp."
            )
