"""Whom a source's token is shown to: a server that its certificate vouches for, at the told address alone."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dagster_project.ingest.transports.pull_faults import WORDS, identify_fault
from tests.support.kits.kit import office
from tests.support.servers.tls_server import Certificate, TlsServer
from tests.support.servers.web_server import TOKEN, WebServer

PT = "procedures_pt"
ITEMS = [{"MaHoSo": f"H44.9-{n:03d}", "NgayCapNhat": "20250709080000", "ChuHoSo": "Đỗ Thị Mận"} for n in range(7)]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def ask(tmp_path: Path, url: str, **changed):
    return office(tmp_path, {PT: {"kind": "http", "url": url, "token": TOKEN} | changed}).pull()[PT]


def test_a_server_that_a_known_authority_vouches_for_is_asked(tmp_path):
    with TlsServer(tmp_path / "tls", Certificate(), items=ITEMS) as server:
        pulled = ask(tmp_path, server.url, ca_file=str(server.ca_file))
    assert (pulled.fault, pulled.files) == (None, 1)


CERTIFICATES = {
    "untrusted_certificate": Certificate(by_authority=False),
    "expired_certificate": Certificate(days=(-9, -2)),
    "early_certificate": Certificate(days=(2, 9)),
    "misnamed_certificate": Certificate(address="10.9.8.7"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_that_vouches_for_nobody_is_told_as_such_once_and_gets_no_token(tmp_path, kind):
    with TlsServer(tmp_path / "tls", CERTIFICATES[kind], items=ITEMS) as server:
        fault = ask(tmp_path, server.url, ca_file=str(server.ca_file)).fault
        assert server.asked == []
    assert fault.kind == kind
    assert "Chứng thư" in fault.message_vi
    assert not fault.is_passing
    others = {told for other in CERTIFICATES if other != kind for told in WORDS[other]}
    assert not {WORDS[kind][0], WORDS[kind][1]} & others


def test_an_authority_that_this_machine_does_not_know_is_told_with_the_setting_that_helps(tmp_path):
    with TlsServer(tmp_path / "tls", Certificate(), items=ITEMS) as server:
        fault = ask(tmp_path, server.url).fault
    assert (fault.kind, "ca_file" in fault.remedy_vi) == ("untrusted_certificate", True)


@pytest.mark.parametrize("content", [None, b"", b"khong phai chung thu", b"\x30\x82\x00\xff"])
def test_a_ca_file_that_is_none_is_told_before_anything_is_asked(tmp_path, content):
    file = tmp_path / "goc.pem"
    if content is not None:
        file.write_bytes(content)
    with TlsServer(tmp_path / "tls", Certificate(), items=ITEMS) as server:
        assert ask(tmp_path, server.url, ca_file=str(file)).fault.kind == "bad_ca_file"
        assert server.asked == []


def test_a_server_without_tls_is_no_bad_certificate(tmp_path):
    with WebServer(ITEMS) as server:
        assert ask(tmp_path, server.url.replace("http:", "https:")).fault.kind == "no_tls"


def test_no_connection_and_no_name_are_told_apart_from_a_cut(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert ask(tmp_path / "a", f"https://127.0.0.1:{port}").fault.kind == "refused"
    assert ask(tmp_path / "b", "https://khong-co-may-nay.invalid").fault.kind == "name_unresolved"


def test_a_token_goes_over_an_open_line_only_when_the_settings_say_so(tmp_path):
    with WebServer(ITEMS) as server:
        fault = ask(tmp_path / "a", server.url).fault
        assert (fault.kind, "token_over_http" in fault.remedy_vi, server.asked) == ("token_in_clear", True, [])
        assert ask(tmp_path / "b", server.url, token_over_http=True).fault is None


def test_no_redirect_is_followed_to_another_host_or_out_of_tls(tmp_path):
    with WebServer(ITEMS) as elsewhere, TlsServer(tmp_path / "tls", Certificate(), items=ITEMS) as server:
        server.faults.always, server.redirect_to = "redirect", f"{elsewhere.url}/api/v1/ho-so"
        fault = ask(tmp_path, server.url, ca_file=str(server.ca_file)).fault
        assert (fault.kind, len(server.asked), elsewhere.asked) == ("redirected", 1, [])
        assert elsewhere.url not in fault.message_vi + fault.remedy_vi


def test_words_of_a_database_s_certificate_are_understood():
    said = {
        "SSL error: certificate verify failed": "untrusted_certificate",
        'server certificate for "a" does not match host name "b"': "misnamed_certificate",
        'root certificate file "/x/root.crt" does not exist': "bad_ca_file",
        "server does not support SSL, but SSL was required": "no_tls",
    }
    assert {words: identify_fault(Exception(words)).kind for words in said} == said
