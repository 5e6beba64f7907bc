"""What lies in the inbox beside the feeds' folders is named, never read and never passed over in silence."""

from pathlib import Path

from dagster_project.ingest.receive.inbox import find_strangers

FEEDS = ("procedures_vp", "procedures_pt", "national_portal")


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_folders_and_files_of_no_feed_are_named_with_the_feed_that_may_be_meant(tmp_path):
    for name in (
        "procedures_vp/a.xlsx",
        "Procedures_PT/b.json",
        "procedure_vp/2025/c.xlsx",
        "Bao cao/d.xlsx",
        "e.xlsx",
    ):
        put(tmp_path / name)
    assert find_strangers(tmp_path, FEEDS) == {
        "Bao cao/": None,
        "Procedures_PT/": "procedures_pt",
        "e.xlsx": None,
        "procedure_vp/": "procedures_vp",
    }


def test_what_is_no_file_is_no_stranger(tmp_path):
    for name in (".git/config", ".DS_Store", "~$a.xlsx", "copying/b.xlsx.part", "c.tmp"):
        put(tmp_path / name)
    (tmp_path / "empty").mkdir()
    assert find_strangers(tmp_path, FEEDS) == {}
