"""Why a source could not be fetched, in words of the operator: which of the ways to fail it was, and what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from dagster_project.core.errors import HaicapError

WORDS: dict[str, tuple[str, str]] = {
    "name_unresolved": ("Không phân giải được tên máy chủ", "Kiểm tra địa chỉ trong haicap.yaml và DNS."),
    "refused": ("Máy chủ từ chối kết nối", "Kiểm tra cổng, tường lửa và dịch vụ bên nguồn."),
    "unreachable": ("Không có đường tới máy chủ", "Kiểm tra đường truyền, VPN."),
    "timeout": ("Quá thời gian chờ", "Kiểm tra đường truyền và tải của máy chủ nguồn."),
    "cut": ("Kết nối bị ngắt giữa chừng", "Đêm sau tự lấy lại; nếu lặp lại, kiểm tra đường truyền."),
    "bad_certificate": ("Chứng thư TLS của máy chủ không hợp lệ", "Kiểm tra ca_file và hạn của chứng thư."),
    "unknown_host_key": (
        "Khóa máy chủ SFTP không có trong known_hosts",
        "Xác nhận vân tay với bên nguồn rồi thêm khóa.",
    ),
    "bad_key": ("Máy chủ không nhận tài khoản hoặc khóa đăng nhập", "Kiểm tra tài khoản, khóa đã đăng ký, mật khẩu."),
    "unusable_key": ("Không dùng được tệp khóa riêng", "Kiểm tra đường dẫn, quyền 600 và mật khẩu của khóa."),
    "no_secret": ("Thiếu bí mật đăng nhập", "Đặt trong secrets/ hoặc biến môi trường."),
    "unauthorized": ("Mã truy cập bị từ chối (401)", "Xin mã mới và thay trong secrets/."),
    "forbidden": ("Tài khoản không đủ quyền (403)", "Xin bên nguồn cấp quyền đọc."),
    "not_found": ("Địa chỉ không tồn tại (404)", "Kiểm tra url và path trong haicap.yaml."),
    "throttled": ("Máy chủ yêu cầu chậm lại (429)", "Đêm sau tự lấy lại; nếu lặp lại, xin nâng hạn mức."),
    "server_error": ("Máy chủ báo lỗi", "Báo bên nguồn; đêm sau tự lấy lại."),
    "refused_request": ("Máy chủ không nhận yêu cầu", "Kiểm tra cấu hình nguồn; báo bên nguồn."),
    "not_json": ("Máy chủ trả về trang web hoặc dữ liệu hỏng, không phải JSON", "Báo bên nguồn; đêm sau tự lấy lại."),
    "error_answer": ("Dịch vụ báo lỗi trong câu trả lời", "Báo bên nguồn; đêm sau tự lấy lại."),
    "too_big": ("Câu trả lời hoặc tệp lớn quá mức cho phép", "Xem pull.max_megabytes; hỏi lại bên nguồn."),
    "unsteady": ("Danh sách đổi liên tục trong lúc lấy", "Đêm sau tự lấy lại; nếu lặp lại, lấy vào giờ vắng."),
    "no_table": ("Không có bảng cần đọc", "Kiểm tra tên cơ sở dữ liệu, lược đồ và bảng với bên nguồn."),
    "no_database": ("Không có cơ sở dữ liệu này", "Kiểm tra url trong haicap.yaml."),
    "no_driver": ("Chưa cài trình điều khiển cơ sở dữ liệu", "Cài phần `postgresql` của haicap."),
    "no_folder": ("Không thấy thư mục", "Kiểm tra path trong haicap.yaml, ổ đĩa dùng chung đã nối chưa."),
    "no_permission": ("Không có quyền đọc", "Xin cấp quyền đọc cho tài khoản của haicap."),
    "deadline": ("Chưa lấy xong khi hết giờ dành cho nguồn này", "Đêm sau lấy tiếp từ chỗ dừng."),
    "unknown": ("Lỗi chưa rõ", "Chạy `haicap doctor` và báo người bảo trì."),
}
_BY_TYPE = {
    # class name (of httpx, asyncssh, psycopg, the standard library) → kind; the first that fits, innermost cause first
    "HostKeyNotVerifiable": "unknown_host_key",
    "KeyImportError": "unusable_key",
    "KeyEncryptionError": "unusable_key",
    "PermissionDenied": "bad_key",
    "SSLCertVerificationError": "bad_certificate",
    "SSLError": "bad_certificate",
    "gaierror": "name_unresolved",
    "ConnectionRefusedError": "refused",
    "TimeoutException": "timeout",
    "TimeoutError": "timeout",
    "FSTimeoutError": "timeout",
    "QueryCanceled": "timeout",
    "UndefinedTable": "no_table",
    "NoSuchTableError": "no_table",
    "InvalidCatalogName": "no_database",
    "InsufficientPrivilege": "no_permission",
    "FileNotFoundError": "no_folder",
    "NotADirectoryError": "no_folder",
    "PermissionError": "no_permission",
    "SFTPPermissionDenied": "no_permission",
    "ModuleNotFoundError": "no_driver",
    "NoSuchModuleError": "no_driver",
    "ConnectionLost": "cut",
    "DisconnectError": "cut",
    "ConnectionError": "cut",
    "BrokenPipeError": "cut",
    "IncompleteReadError": "cut",
    "NetworkError": "cut",
    "ProtocolError": "cut",
    "SFTPConnectionLost": "cut",
    "SFTPNoConnection": "cut",
}
_BY_WORDS = {
    # what libpq says before there is a code
    "password authentication failed": "bad_key",
    "no password supplied": "no_secret",
    "no pg_hba.conf entry": "bad_key",
    "could not translate host name": "name_unresolved",
    "failed to resolve host": "name_unresolved",
    "connection refused": "refused",
    "timeout expired": "timeout",
    "connection timeout": "timeout",
    "no route to host": "unreachable",
    "network is unreachable": "unreachable",
    'role "': "bad_key",
    "server closed the connection": "cut",
    "connection is lost": "cut",
    "terminating connection": "cut",
    "does not exist": "no_database",
}
# Another try in the same night may succeed.
_PASSING = frozenset(
    {"refused", "unreachable", "timeout", "cut", "server_error", "throttled", "not_json", "error_answer"}
)


class PullFault(HaicapError):  # noqa: N818 - said as it happens
    """Says why a source could not be fetched. `kind` is a key of WORDS; `detail` is our wording, never a server's text.

    `wait`: seconds after which another try makes sense, None when another try would meet the same.
    """

    def __init__(self, kind: str, detail: str = "", wait: float | None = None, passing: bool | None = None) -> None:
        what, remedy = WORDS[kind]
        super().__init__(f"{what}{f' ({detail})' if detail else ''}.", remedy)
        self.kind = kind
        self.wait = wait
        self.is_passing = kind in _PASSING if passing is None else passing


def identify_fault(error: BaseException, detail: str = "") -> PullFault:
    """Find the fault behind whatever a library raised. What it says is left out: it may carry a name or an address."""
    causes = list(_trace_causes(error))
    for cause in reversed(causes):
        if isinstance(cause, PullFault):
            return cause
        if isinstance(cause, socket.gaierror):
            return PullFault("name_unresolved", detail)
        for name in (c.__name__ for c in type(cause).__mro__):
            if name in _BY_TYPE:
                return PullFault(_BY_TYPE[name], detail)
    said = " ".join(str(cause) for cause in causes).lower()
    for words, kind in _BY_WORDS.items():
        if words in said:
            return PullFault(kind, detail)
    if isinstance(error, OSError):
        return PullFault("unreachable", detail)
    return PullFault("unknown", detail or type(error).__name__)


def _trace_causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
