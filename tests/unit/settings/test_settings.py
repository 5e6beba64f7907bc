"""Settings by file, environment and secret files; no secret in the file, in a repr or in an error."""

from __future__ import annotations

from typing import get_args

import pytest
import yaml

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.paths import PROJECT_ROOT
from dagster_project.ingest.transports.factory import refuse_unfit
from dagster_project.settings.limits import ReadingLimits
from dagster_project.settings.settings import load_settings
from dagster_project.settings.sources import SOURCE_KINDS, Source

SECRET = "bí-mật-của-cổng"
FILE = {
    "inbox": "hop-thu",
    "keep_versions": 5,
    "sources": {
        "procedures_pt": {"kind": "http", "url": "https://mot-cua.example.vn/"},
        "investment_pt": {"kind": "sql", "url": "postgresql://doc@10.0.0.5/gn", "schema": "bao_cao"},
    },
    "pull": {"parallel": 3},
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HAICAP_INBOX", "HAICAP_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    write(tmp_path, FILE)
    return tmp_path


def write(home, told):
    (home / "haicap.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")


def keep_secret(home, name, content=SECRET, mode=0o600):
    (home / "secrets").mkdir(exist_ok=True)
    path = home / "secrets" / name
    path.write_text(content + "\n", encoding="utf-8")
    path.chmod(mode)


def test_the_file_is_read_and_paths_start_at_the_home(home):
    settings = load_settings(home)
    assert (settings.inbox, settings.keep_versions, settings.keep_extracts) == (home / "hop-thu", 5, 60)
    assert settings.sources.limits.parallel == 3
    assert settings.sources.feeds["investment_pt"].url == "postgresql+psycopg://doc@10.0.0.5/gn"
    assert settings.sources.feeds["procedures_pt"].token is None


def test_the_environment_outranks_secret_files_which_fill_the_file(home, monkeypatch):
    keep_secret(home, "procedures_pt.token")
    keep_secret(home, "investment_pt.password", "p")
    keep_secret(home, "housing_pt.password", "no source of that name")
    feeds = load_settings(home).sources.feeds
    assert feeds["procedures_pt"].token.get_secret_value() == SECRET
    assert feeds["investment_pt"].password.get_secret_value() == "p"
    monkeypatch.setenv("HAICAP_SOURCES__PROCEDURES_PT__TOKEN", "other")
    monkeypatch.setenv("HAICAP_SOURCES__PROCEDURES_PT__URL", "https://khac.example.vn")
    monkeypatch.setenv("HAICAP_KEEP_VERSIONS", "9")
    settings = load_settings(home)
    source = settings.sources.feeds["procedures_pt"]
    assert (source.token.get_secret_value(), source.url) == ("other", "https://khac.example.vn")
    assert settings.keep_versions == 9
    assert SECRET not in repr(settings)
    assert "other" not in repr(settings)


@pytest.mark.parametrize("secret", ["20250713", "true", "null", '{"a": 1}', "[x]"])
def test_a_secret_is_taken_letter_by_letter(home, secret):
    keep_secret(home, "procedures_pt.token", secret)
    assert load_settings(home).sources.feeds["procedures_pt"].token.get_secret_value() == secret


def test_other_files_of_the_secrets_folder_stay_unread(home):
    keep_secret(home, "housing_pt.password", "no source of that name", mode=0o644)
    keep_secret(home, "notice.password", "no notice is configured", mode=0o644)
    keep_secret(home, "khoa_sftp", mode=0o644)
    (home / "secrets" / "sso.keytab").write_bytes(b"\xff\x00")
    settings = load_settings(home)
    assert settings.sources.feeds.keys() == FILE["sources"].keys()
    assert settings.notice is None


def test_the_notice_takes_its_secrets_from_files_too(home):
    write(home, FILE | {"notice": {"smtp_host": "thu", "sender": "a@b.vn", "recipients": ["c@d.vn"]}})
    keep_secret(home, "notice.password", SECRET)
    notice = load_settings(home).notice
    assert notice.password.get_secret_value() == SECRET
    assert SECRET not in repr(notice)


def test_the_command_line_outranks_the_environment_which_outranks_the_file(home, monkeypatch):
    monkeypatch.setenv("HAICAP_INBOX", "/mnt/khac")
    assert str(load_settings(home).inbox) == "/mnt/khac"
    assert load_settings(home, home / "dong-lenh").inbox == home / "dong-lenh"


def test_a_feed_can_be_told_by_the_environment_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("HAICAP_SOURCES__HOUSING_VP__KIND", "folder")
    monkeypatch.setenv("HAICAP_SOURCES__HOUSING_VP__PATH", "/mnt/so-xay-dung")
    settings = load_settings(tmp_path)
    assert str(settings.sources.feeds["housing_vp"].path) == "/mnt/so-xay-dung"
    assert not settings.is_demo
    assert settings.inbox_or_demo == tmp_path / "inbox"


def test_systemd_credentials_are_secret_files(home, tmp_path, monkeypatch):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "procedures_pt.token").write_text(SECRET, encoding="utf-8")
    (folder / "procedures_pt.token").chmod(0o440)  # as systemd gives them
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert load_settings(home).sources.feeds["procedures_pt"].token.get_secret_value() == SECRET


@pytest.mark.parametrize(
    "changed",
    [
        {"sources": {"procedures_pt": {"kind": "http", "url": "https://a.vn", "token": SECRET}}},
        {"sources": {"investment_pt": {"kind": "sql", "url": f"postgresql://doc:{SECRET}@10.0.0.5/gn"}}},
        {"sources": {"procedures_pt": {"kind": "http", "url": f"https://doc:{SECRET}@a.vn"}}},
        {"sources": {"procedures_pt": {"kind": "http", "url": f"https://a.vn?key={SECRET}"}}},
        {"sources": {"procedures_pt": {"kind": "htp", "url": SECRET}}},
        {"sources": {"procedures_pt": SECRET}},
        {"sources": SECRET},
        {"notice": {"smtp_host": "thu", "sender": "a@b.vn", "recipients": ["c@d.vn"], "password": SECRET}},
        {"pull": {"parallel": SECRET}},
        {"khoa_la": SECRET},
    ],
)
def test_what_is_not_understood_or_secret_is_refused_without_its_value(home, changed):
    write(home, FILE | changed)
    with pytest.raises(UsageError) as told:
        load_settings(home)
    assert SECRET not in f"{told.value!r} {told.value.message_vi} {told.value.remedy_vi} {told.value.__cause__}"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"keep_versions": "ba"}, "`keep_versions`: phải là số nguyên."),
        ({"keep_versions": 0}, "`keep_versions`: phải từ 1 trở lên."),
        ({"keep_version": 3}, "mục lạ `keep_version`, có thể gõ nhầm."),
        ({"bundle": "sometimes"}, "`bundle`: không có giá trị này, phải là auto, always hoặc never."),
        ({"pull": {"connect_seconds": 0}}, "`pull.connect_seconds`: phải lớn hơn 0."),
        ({"pull": 3}, "`pull`: phải gồm các dòng khóa: giá trị."),
        (
            {"sources": {"a": {"kind": "http", "url": "https://a.vn", "tokn": 1}}},
            "mục lạ `sources.a.tokn`, có thể gõ nhầm.",
        ),
        ({"sources": {"a": {"kind": "htp"}}}, "`sources.a`: kind phải là folder, sftp, http, portal hoặc sql."),
        ({"sources": {"a": {"path": "x"}}}, "`sources.a`: thiếu kind."),
        ({"sources": {"a": {"kind": "http", "url": "ftp://a.vn"}}}, "`sources.a.url`: địa chỉ phải bắt đầu bằng"),
        ({"notice": {"smtp_host": "thu", "sender": "a@b.vn"}}, "`notice.recipients`: còn thiếu."),
        (
            {"keep_version": 3, "archive_days": "x"},
            "`archive_days`: phải là số nguyên; mục lạ `keep_version`, có thể gõ nhầm.",
        ),
        ({"folder": 3}, "mục lạ `folder`, có thể gõ nhầm."),
    ],
)
def test_a_mistake_is_told_in_vietnamese_by_the_file_and_its_key(home, changed, says):
    write(home, FILE | changed)
    with pytest.raises(UsageError) as told:
        load_settings(home)
    assert f"{home / 'haicap.yaml'} (hoặc biến HAICAP_…) không đúng mẫu: {says}" in told.value.message_vi
    assert "keep_versions" in told.value.remedy_vi


def test_every_kind_of_source_is_left_out_of_the_path_of_a_key():
    (kinds,) = (get_args(part) for part in get_args(Source)[:1])
    assert {get_args(kind.model_fields["kind"].annotation)[0] for kind in kinds} == set(SOURCE_KINDS)


def test_yaml_that_cannot_be_read_is_told_by_its_line(home):
    (home / "haicap.yaml").write_text(f"inbox: a\nsources: [{SECRET}\n", encoding="utf-8")
    with pytest.raises(UsageError) as told:
        load_settings(home)
    assert "dòng" in told.value.message_vi
    assert SECRET not in f"{told.value!r} {told.value.__cause__}"


@pytest.mark.parametrize("content", ["- inbox\n", "inbox\n", "12\n", "1: a\n"])
def test_a_file_of_another_shape_is_refused(home, content):
    (home / "haicap.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="không đúng mẫu"):
        load_settings(home)


def test_a_secret_that_others_may_read_is_refused(home):
    keep_secret(home, "procedures_pt.token", mode=0o644)
    with pytest.raises(HaicapError, match="mở cho người khác đọc"):
        load_settings(home)


@pytest.mark.parametrize(("feed_id", "kind"), [("procedures_ptt", "folder"), ("procedures_vp", "sql")])
def test_a_source_of_no_feed_or_of_an_unfit_kind_is_refused(tmp_path, feed_id, kind):
    more = {"folder": {"path": "/x"}, "sql": {"url": "sqlite:///x"}}[kind]
    write(tmp_path, {"sources": {feed_id: {"kind": kind} | more}})
    with pytest.raises(UsageError, match=feed_id):
        refuse_unfit(load_settings(tmp_path).sources.feeds, load_registry().feeds)


def test_the_handbook_tells_the_bounds_of_reading_as_they_are():
    handbook = (PROJECT_ROOT / "docs" / "so-tay-van-hanh.md").read_text(encoding="utf-8")
    limits = ReadingLimits()
    told = f"`memory_megabytes: {limits.memory_megabytes}`, `cpu_seconds: {limits.cpu_seconds}`"
    assert handbook.count(told) == 1
