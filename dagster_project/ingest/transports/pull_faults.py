"""Why a source could not be fetched, in words of the operator: which of the ways to fail it was, and what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from dagster_project.core.errors import HaicapError

WORDS: dict[str, tuple[str, str]] = {
    "name_unresolved": ("Không phân giải được tên máy chủ", "Kiểm tra địa chỉ trong haicap.yaml và DNS."),
    "refused": ("Máy chủ từ chối kết nối", "Kiểm tra cổng, tường lửa và dịch vụ bên nguồn."),
    "unreachable": ("Không có đường tới máy chủ", "Kiểm tra đường truyền, VPN."),
    "timeout": ("Quá thời gian chờ", "Kiểm tra đường truyền và tải của máy chủ nguồn."),
    "cut": ("Kết nối bị ngắt giữa chừng", "Đêm sau tự lấy lại; nếu lặp lại, kiểm tra đường truyền."),
    "untrusted_certificate": (
        "Chứng thư TLS của máy chủ tự ký, hoặc do nơi mà máy này không biết cấp",
        "Xin bên nguồn tệp chứng thư gốc (PEM), đối chiếu vân tay, rồi ghi ca_file cho nguồn này trong haicap.yaml.",
    ),
    "expired_certificate": (
        "Chứng thư TLS của máy chủ đã hết hạn",
        "Báo bên nguồn thay chứng thư; xem đồng hồ của máy này có đúng không.",
    ),
    "early_certificate": (
        "Chứng thư TLS của máy chủ chưa đến ngày có hiệu lực",
        "Xem đồng hồ của máy này có đúng không; nếu đúng, báo bên nguồn.",
    ),
    "misnamed_certificate": (
        "Chứng thư TLS của máy chủ mang tên khác với địa chỉ đang hỏi",
        "Ghi url đúng tên trong chứng thư, hoặc báo bên nguồn cấp lại; có thể đang nối nhầm máy.",
    ),
    "bad_certificate": ("Chứng thư TLS của máy chủ không hợp lệ", "Báo bên nguồn thay chứng thư; kiểm tra ca_file."),
    "bad_ca_file": ("Không dùng được tệp chứng thư ca_file", "Kiểm tra đường dẫn, quyền đọc; tệp phải ở dạng PEM."),
    "no_tls": (
        "Không lập được kết nối TLS với máy chủ",
        "Kiểm tra cổng, https hay http trong url, phiên bản TLS của máy chủ.",
    ),
    "token_in_clear": (
        "Mã truy cập không được gửi qua http không mã hóa",
        "Đổi url sang https://. Đường truyền đã được bảo vệ cách khác thì ghi token_over_http: true cho nguồn này.",
    ),
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
    "redirected": (
        "Máy chủ chuyển sang một địa chỉ khác; haicap không đi theo",
        "Hỏi bên nguồn địa chỉ đúng rồi sửa url hoặc path trong haicap.yaml.",
    ),
    "refused_request": ("Máy chủ không nhận yêu cầu", "Kiểm tra cấu hình nguồn; báo bên nguồn."),
    "not_http": ("Máy chủ ở địa chỉ này không nói HTTP", "Kiểm tra máy chủ, cổng, https hay http trong url."),
    "not_json": (
        "Máy chủ trả về trang web hoặc dữ liệu hỏng, không phải JSON hợp lệ",
        "Báo bên nguồn; đêm sau tự lấy lại.",
    ),
    "error_answer": ("Dịch vụ báo lỗi trong câu trả lời", "Báo bên nguồn; đêm sau tự lấy lại."),
    "too_big": (
        "Câu trả lời hoặc tệp lớn quá mức cho phép",
        "Xem pull.max_megabytes, pull.answer_megabytes; hỏi lại bên nguồn.",
    ),
    "too_many_files": ("Thư mục nguồn quá nhiều tệp hoặc quá sâu", "Kiểm tra path; nhờ bên nguồn dọn thư mục."),
    "bad_name": ("Danh sách của máy chủ có tên tệp không hợp lệ", "Báo bên nguồn đổi tên tệp, thư mục đó."),
    "unsteady": ("Danh sách đổi liên tục trong lúc lấy", "Đêm sau tự lấy lại; nếu lặp lại, lấy vào giờ vắng."),
    "no_table": ("Không có bảng cần đọc", "Kiểm tra tên cơ sở dữ liệu, lược đồ và bảng với bên nguồn."),
    "no_columns": (
        "Bảng không có cột nào của mẫu",
        "Kiểm tra tên bảng với bên nguồn; xem mẫu trong docs/dictionary.md.",
    ),
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
    "SSLEOFError": "cut",
    "SSLZeroReturnError": "cut",
    "SSLError": "no_tls",
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
    "RecursionError": "not_json",
    "MemoryError": "too_big",
}
_BY_VERIFICATION = {
    # X509_V_ERR_…, as OpenSSL numbers what is wrong with a certificate
    9: "early_certificate",
    10: "expired_certificate",
    **dict.fromkeys((2, 18, 19, 20, 21), "untrusted_certificate"),
    **dict.fromkeys((62, 64), "misnamed_certificate"),
}
_BY_WORDS = {
    # what libpq says before there is a code
    "certificate has expired": "expired_certificate",
    "certificate verify failed": "untrusted_certificate",
    "does not match host name": "misnamed_certificate",
    "root certificate file": "bad_ca_file",
    "server does not support ssl": "no_tls",
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
    "unable to open database file": "no_database",
    "file is not a database": "no_database",
    "database disk image is malformed": "no_database",
    "database is locked": "timeout",
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
        kind = _identify_by_type(cause)
        if kind is not None:
            return PullFault(kind, detail)
    said = " ".join(str(cause) for cause in causes).lower()
    for words, kind in _BY_WORDS.items():
        if words in said:
            return PullFault(kind, detail)
    if isinstance(error, OSError):
        return PullFault("unreachable", detail)
    return PullFault("unknown", detail or type(error).__name__)


def _identify_by_type(cause: BaseException) -> str | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _BY_VERIFICATION.get(cause.verify_code, "bad_certificate")
    if isinstance(cause, socket.gaierror):
        return "name_unresolved"
    names = [c.__name__ for c in type(cause).__mro__]
    # h11 says this of a first line that is none; of a connection that ends too early it says otherwise.
    if "ProtocolError" in names and "illegal" in str(cause):
        return "not_http"
    return next((_BY_TYPE[name] for name in names if name in _BY_TYPE), None)


def _trace_causes(fault: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what lies behind it. httpcore hides the cause of a failed connection, but is made of it."""
    while fault is not None:
        yield fault
        made_of = next((part for part in fault.args if isinstance(part, BaseException)), None)
        fault = fault.__cause__ or made_of or (None if fault.__suppress_context__ else fault.__context__)
