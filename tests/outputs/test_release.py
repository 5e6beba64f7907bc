"""The e-mail of a version against a real SMTP server: whole, once, retried; whatever fails, the version stands."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import ClassVar

import pytest
import yaml
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from dagster_project.cli.app import run
from dagster_project.core.durable_files import FAULT_VARIABLE
from dagster_project.core.paths import Home
from dagster_project.extracts.notice import send
from dagster_project.night import run as night_run
from dagster_project.warehouse import versions
from dagster_project.warehouse.publish import publish
from tests.support.marts.tiny_marts import built, copy_home, identity
from tests.support.servers.mail_server import Sink, free_port, serving

pytestmark = pytest.mark.slow
VERSION = "2025-07-13-aaaaaaaa"
PEOPLE = ["chu.tich@example.vn", "van.phong@example.vn"]
SUBJECT = "[haicap] Giao ban 14/07/2025: kết quả tuần 28, nhiệm vụ tuần 29 – tỉnh Phú Thọ"


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def port(sink: Sink) -> Iterator[int]:
    with serving(sink) as port:
        yield port


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A version and its extracts; each test has a copy."""
    place = Home(tmp_path_factory.mktemp("release") / "home")
    publish(place, built(place, 8), identity("a"))
    assert run(["extract", "--home", str(place.root)]) == 0
    return place


@pytest.fixture
def home(extracted: Home, tmp_path: Path, monkeypatch) -> Home:
    for name in ("HAICAP_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(send, "WAITS_SECONDS", (0.0, 0.01, 0.01))
    return copy_home(extracted, tmp_path / "home")


def configure(home: Home, port: int, **more: object) -> None:
    told = {"smtp_host": "127.0.0.1", "port": port, "starttls": False, "sender": "haicap@example.vn"}
    told |= {"recipients": PEOPLE} | more
    (home.root / "haicap.yaml").write_text(yaml.safe_dump({"notice": told}, allow_unicode=True), encoding="utf-8")


def release(home: Home, *arguments: str) -> int:
    return run(["release", *(arguments or ("latest",)), "--home", str(home.root)])


def test_subject_words_and_attachments_arrive_whole(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    assert release(home) == 0
    assert "tới 2 người" in capsys.readouterr().out
    ((recipients, raw),) = sink.taken
    assert recipients == PEOPLE
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Subject"] == SUBJECT
    assert (mail["From"], mail["To"]) == ("haicap@example.vn", ", ".join(PEOPLE))
    assert mail["Message-ID"] == f"<haicap-{VERSION}@example.vn>"
    assert mail["Date"].datetime.utcoffset() == timedelta(hours=7)
    body = mail.get_body(("plain",)).get_content()
    assert "Số liệu đến hết ngày 13/07/2025." in body
    assert "Chỉ tiêu toàn tỉnh: 1 đạt, 0 nguy cơ, 1 không đạt, 0 chưa kết luận được." in body
    assert "Không đạt: Hồ sơ không có hạn trả." in body
    folder = home.extracts / VERSION
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert set(attached) == {"trang-lanh-dao.html", "giao-ban.pdf", "chi-tieu.xlsx"}
    assert attached["chi-tieu.xlsx"] == (folder / "chi-tieu.xlsx").read_bytes()
    page = attached["trang-lanh-dao.html"]
    assert page.encode() == (folder / "trang-lanh-dao.html").read_bytes()


def test_the_words_count_as_the_page_does(home: Home, sink: Sink, port: int) -> None:
    configure(home, port, attach=["page"])
    assert release(home) == 0
    mail = message_from_bytes(sink.taken[0][1], policy=policy.default)
    body = mail.get_body(("plain",)).get_content()
    page = (home.extracts / VERSION / "trang-lanh-dao.html").read_text(encoding="utf-8")
    tree = etree.fromstring(page.replace("<!DOCTYPE html>", "").encode())
    for rating, word in (("met", "đạt"), ("missed", "không đạt"), ("insufficient", "chưa kết luận được")):
        (count,) = tree.xpath(f"//*[@data-count='{rating}']/text()")
        assert f"{count} {word}" in body
    (red,) = tree.xpath("//*[@data-count='red']/text()")
    assert f"Xã, phường có chỉ tiêu không đạt: {red}." in body


def test_a_version_goes_once(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    assert [release(home), release(home, VERSION), release(home, "2025-07", "--again")] == [0, 0, 0]
    assert len(sink.taken) == 1
    assert capsys.readouterr().out.count("không gửi lại") == 2


def test_later_is_tried_again_and_then_given_up(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    sink.data = ["451 bận, thử lại sau", "451 bận"]
    assert release(home) == 0
    assert len(sink.taken) == 1
    assert capsys.readouterr().err.count("thử lại sau") == 1  # the first wait is none in this test
    publish(home, built(home, 9), identity("b"))
    assert run(["extract", "--home", str(home.root)]) == 0
    sink.data = ["451 bận"] * 9
    capsys.readouterr()
    assert release(home) == 1
    assert "451 bận" in capsys.readouterr().err.splitlines()[-1]
    assert len(sink.data) == 5
    assert not list(home.releases.glob("2025-07-13-b*"))
    sink.data = []
    assert release(home) == 0


def test_a_refused_recipient_is_told_and_the_others_have_it_once(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    sink.refuse = {PEOPLE[0]: ["550 không có hộp thư này"], PEOPLE[1]: ["450 chờ một lát"]}
    assert release(home) == 1
    said = capsys.readouterr()
    assert f"KHÔNG đến được {PEOPLE[0]}: máy chủ trả lời 550" in said.err
    assert [recipients for recipients, _ in sink.taken] == [[PEOPLE[1]]]
    assert release(home) == 0
    assert len(sink.taken) == 1


def test_refused_for_good_is_not_tried_again(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    sink.data = ["554 thư rác", "554 thư rác"]
    assert release(home) == 1
    said = capsys.readouterr().err
    assert "554 thư rác" in said
    assert said.count("\n") == 1
    assert len(sink.data) == 1


def test_without_a_server_it_is_one_line_and_the_version_stands(home: Home, capsys) -> None:
    configure(home, free_port())
    before = {path: path.stat().st_mtime_ns for path in home.published.iterdir()}
    assert release(home) == 1
    said = capsys.readouterr().err.splitlines()
    assert "không có máy chủ thư ở địa chỉ đó" in said[-1]
    assert {path: path.stat().st_mtime_ns for path in home.published.iterdir()} == before
    assert versions.read_current_version(home) == VERSION
    assert not list(home.releases.glob("*"))


def test_an_unknown_state_asks_the_operator(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    sink.hangs_up = True
    assert release(home) == 1
    assert "không rõ đã nhận hay chưa" in capsys.readouterr().err
    sink.hangs_up = False
    assert release(home) == 1
    assert "--again" in capsys.readouterr().err
    assert len(sink.taken) == 1
    assert release(home, "latest", "--sent") == 0
    assert release(home) == 0
    assert len(sink.taken) == 1


@pytest.mark.parametrize(("step", "went"), [("notice_begun", 0), ("notice_gone", 1)])
def test_a_crash_around_sending_never_sends_twice(home: Home, sink: Sink, port: int, step: str, went: int) -> None:
    configure(home, port)
    command = [sys.executable, "-m", "dagster_project.cli", "release", "latest", "--home", str(home.root)]
    done = subprocess.run(command, env=os.environ | {FAULT_VARIABLE: step}, capture_output=True, check=False)
    assert done.returncode == 137
    assert len(sink.taken) == went
    assert release(home) == 1
    assert len(sink.taken) == went
    assert release(home, "latest", *(["--sent"] if went else ["--again"])) == 0
    assert release(home) == 0
    assert len(sink.taken) == 1


def test_a_dry_run_shows_and_sends_nothing(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    assert release(home, "latest", "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"Subject: {SUBJECT}" in said
    assert "Tệp kèm: chi-tieu.xlsx" in said
    assert said.endswith("Chỉ xem, chưa gửi.\n")
    assert sink.taken == []
    assert not home.releases.exists()


def test_a_changed_attachment_does_not_go(home: Home, sink: Sink, port: int, capsys) -> None:
    configure(home, port)
    (home.extracts / VERSION / "chi-tieu.xlsx").write_bytes(b"khac")
    assert release(home) == 1
    assert "SHA-256" in capsys.readouterr().err
    assert sink.taken == []


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and its own certificate for 127.0.0.1."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*pem))
    return folder / "cert.pem", folder / "key.pem"


def test_an_encrypted_server_with_a_password_from_the_secrets(home: Home, tmp_path: Path, sink: Sink, capsys) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    seen: list[LoginPassword] = []

    def authenticator(server, session, envelope, mechanism, data) -> AuthResult:
        seen.append(data)
        return AuthResult(success=data.password == b"dung-mat-khau", handled=False)

    options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": authenticator}
    with serving(sink, **options) as port:
        configure(home, port, starttls=True, user="haicap")
        assert release(home) == 1  # a stranger's certificate
        assert "kết nối mã hóa" in capsys.readouterr().err.splitlines()[-1]
        configure(home, port, starttls=True, user="haicap", ca_file=str(cert))
        assert release(home) == 1  # no password yet
        home.secrets.mkdir()
        secret = home.secrets / "notice.password"
        secret.write_text("sai-mat-khau\n", encoding="utf-8")
        secret.chmod(0o600)
        assert release(home) == 1
        assert "535" in capsys.readouterr().err
        assert sink.taken == []
        secret.write_text("dung-mat-khau\n", encoding="utf-8")
        assert release(home) == 0
        assert [one.password for one in seen[-2:]] == [b"sai-mat-khau", b"dung-mat-khau"]
        assert len(sink.taken) == 1


@pytest.mark.parametrize(
    ("notice_part", "says"),
    [
        ({"password": "abc"}, "bí mật"),
        ({"chat": "json://a"}, "bí mật"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["không phải địa chỉ"]}, "recipients"),
        ({"attach": ["bundle"]}, "attach"),
        ({"chat": "x"}, "chat"),
    ],
)
def test_settings_are_read_strictly(home: Home, capsys, notice_part: dict, says: str) -> None:
    configure(home, 25, **notice_part)
    assert release(home) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "abc" not in said


def test_nothing_configured_is_told(home: Home, capsys) -> None:
    assert release(home) == 1
    assert "Chưa cấu hình thư thông báo" in capsys.readouterr().err


def test_a_full_disk_sends_nothing(home: Home, sink: Sink, port: int, capsys, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", "releases")

    configure(home, port)
    monkeypatch.setattr(send, "write_json", refuse)
    assert release(home) == 1
    assert capsys.readouterr().err.startswith("Đĩa đã đầy.")
    assert sink.taken == []


def test_the_record_holds_no_figure(home: Home, port: int) -> None:
    configure(home, port)
    assert release(home) == 0
    (path,) = home.releases.iterdir()
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["state"], told["accepted"], told["refused"]) == ("sent", PEOPLE, {})


class Room(BaseHTTPRequestHandler):
    """A chat's server: `said` is what was posted to it, `answer` what it says."""

    said: ClassVar[list[dict[str, str]]]
    answer: ClassVar[int]

    def do_POST(self) -> None:
        self.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def room(monkeypatch) -> Iterator[type[Room]]:
    Room.said, Room.answer = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Room)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HAICAP_NOTICE__CHAT", f"json://key@127.0.0.1:{server.server_port}/phong")
    yield Room
    server.shutdown()
    server.server_close()


@pytest.mark.extra
def test_the_chat_is_told_once_that_the_mail_went(home: Home, port: int, room: type[Room]) -> None:
    configure(home, port)
    assert [release(home), release(home)] == [0, 0]
    ((title, told),) = [(said["title"], said["message"]) for said in room.said]
    assert title == SUBJECT.removeprefix("[haicap] ")
    assert told == f"Đã gửi thư tới 2 người; phiên bản {VERSION}."


def test_no_mail_no_chat(home: Home, sink: Sink, port: int, room: type[Room]) -> None:
    configure(home, port)
    sink.data = ["554 thư rác"]
    assert release(home) == 1
    assert room.said == []


@pytest.mark.extra
def test_a_chat_that_does_not_answer_keeps_no_mail_back(home: Home, sink: Sink, port: int, room, capsys) -> None:
    configure(home, port)
    room.answer = 500
    assert release(home) == 0
    assert len(sink.taken) == 1
    told = capsys.readouterr()
    assert "Chưa báo được vào nhóm chat: máy chủ của nhóm chat không nhận." in told.err
    assert "key@" not in told.out + told.err


@pytest.mark.extra
def test_an_address_that_apprise_does_not_know(home: Home, port: int, capsys, monkeypatch) -> None:
    configure(home, port)
    monkeypatch.setenv("HAICAP_NOTICE__CHAT", "khong-phai-dia-chi")
    assert release(home) == 0
    assert "không đúng mẫu của apprise" in capsys.readouterr().err


@pytest.mark.parametrize("automatic", [True, False])
def test_a_night_sends_by_itself_only_where_it_may(home: Home, sink: Sink, port: int, automatic: bool) -> None:
    configure(home, port, automatic=automatic)
    told: list[str] = []
    published = SimpleNamespace(version=VERSION, is_current=True)
    night = SimpleNamespace(home=home, published=published, tell=told.append)
    for _ in range(2):
        night_run._announce(night)
    assert len(sink.taken) == automatic
    sink.data = ["554 thư rác"]
    publish(home, built(home, 9), identity("b"))
    night.published = SimpleNamespace(version="2025-07-13-bbbbbbbb", is_current=True)
    night_run._announce(night)  # its extracts are not there
    assert any("CHƯA gửi được" in line for line in told) is automatic
