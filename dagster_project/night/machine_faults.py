"""Words for faults of the machine (no room, no permission, a failing disk, a damaged file) instead of a traceback."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator

_NO_ROOM = "Đĩa đã đầy."
_NO_PERMISSION = "Không có quyền đọc hoặc ghi."
_WRONG_KIND = "Thư mục đứng ở chỗ của tệp, hoặc tệp ở chỗ của thư mục."
_DAMAGED = "Một tệp của thư mục cài đặt bị hỏng."
_BROKEN = "Đĩa hoặc ổ mạng báo lỗi."
_REMEDY = {
    _NO_ROOM: "Dọn chỗ trống (bản cũ: xem `haicap versions`) rồi chạy lại.",
    _NO_PERMISSION: "Kiểm tra quyền của tài khoản chạy haicap trên thư mục cài đặt rồi chạy lại.",
    _BROKEN: "Kiểm tra ổ đĩa rồi chạy lại.",
    _WRONG_KIND: "Chuyển nó đi nơi khác rồi chạy lại.",
    _DAMAGED: "Chạy `haicap doctor --repair`; nếu chưa được, khôi phục tệp ấy từ bản sao lưu.",
}
_BY_NUMBER = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: _NO_PERMISSION,
    errno.EIO: _BROKEN,
    errno.EISDIR: _WRONG_KIND,
    errno.ENOTDIR: _WRONG_KIND,
    errno.EEXIST: _WRONG_KIND,
    errno.ENOTEMPTY: _WRONG_KIND,
}
_BY_WORDS = {
    "disk is full": _NO_ROOM,
    "no space left": _NO_ROOM,
    "file too large": _NO_ROOM,
    "readonly database": _NO_PERMISSION,
    "permission denied": _NO_PERMISSION,
    "unable to open database file": _NO_PERMISSION,
    "disk i/o error": _BROKEN,
    "no usable temporary directory": _NO_PERMISSION,
    "is a directory": _WRONG_KIND,
    "file is not a database": _DAMAGED,
    "disk image is malformed": _DAMAGED,
    "not a valid duckdb database": _DAMAGED,
    "corrupt": _DAMAGED,
    "magic bytes": _DAMAGED,
    "too small to be a parquet": _DAMAGED,
    "failed to deserialize": _DAMAGED,
    "serialization error": _DAMAGED,
    "could not read all bytes": _DAMAGED,
    "could not read enough bytes": _DAMAGED,
    "checksum": _DAMAGED,
    "fatal error": _DAMAGED,
}


def describe_storage_fault(fault: BaseException) -> str | None:
    """Say in one line what the machine refused, with the file where it is known; None for any other fault."""
    for cause in _list_causes(fault):
        reason = _find_reason(cause)
        if reason is not None:
            file = getattr(cause, "filename", None) or _find_path(str(cause))
            target = getattr(cause, "filename2", None)  # where a file was to be moved: the fault may be of that folder
            place = f" Tệp: {file}{f' → {target}' if target else ''}." if file else ""
            return f"{reason}{place} Bản đang công bố không đổi. {_REMEDY[reason]}"
    return None


def _find_path(said: str) -> str | None:
    """Find the file that an engine names in its words: DuckDB puts it between quotation marks."""
    found = re.search(r"""["']([^"'\n]*/[^"'\n]*)["']""", said)
    return found[1] if found else None


def _find_reason(cause: BaseException) -> str | None:
    if isinstance(cause, OSError) and cause.errno in _BY_NUMBER:
        return _BY_NUMBER[cause.errno]
    if isinstance(cause, (OSError, sqlite3.Error)) or type(cause).__module__.split(".")[0] in ("_duckdb", "duckdb"):
        said = str(cause).lower()
        return next((reason for words, reason in _BY_WORDS.items() if words in said), None)
    return None


def _list_causes(fault: BaseException | None) -> Iterator[BaseException]:
    """List a fault and what led to it, outermost first."""
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
