"""Commands other than a night, that die and are run again: what each needs, and whether all is as if it had not died.

`haicap release` alone may leave a question: whether the letter went. Then it says so and asks a person, who knows.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from dagster_project.core.durable_files import TEMPORARY_PREFIX
from dagster_project.core.paths import Home
from dagster_project.ingest.receive.archive import open_archive
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.ingest.receive.purges import name_record, open_purge_log, read_purges
from dagster_project.ingest.transports.cursors import read_state
from dagster_project.ingest.vault.vault import open_vault
from dagster_project.simulate import simulate
from dagster_project.warehouse import ledger
from tests.support.kits.kit import QUICK
from tests.support.nights.nights import DIED_AT_STEP, NOTHING_IS_WRONG, Command, Disturbance
from tests.support.nights.season import hash_files
from tests.support.servers.mail_server import Sink, serving
from tests.support.servers.web_server import TOKEN, WebServer

FETCHED = "procedures_pt"
MAY_DIFFER = (
    "keys/",
    "archive/",
    "vault/",
    "pulls/",
    "releases/",
    "night.lock",
    "published/pin.json",
    "haicap.yaml",
    "purge.",
)
"""Names below the home whose bytes are new each time; what they hold is read instead."""


class Servers:
    """A mail server and an office's HTTP API, both real; use as a context manager.

    `known` serves what lies in the inbox of the homes anyway, `other` what they have never seen.
    """

    def __init__(self, folder: Path, inbox: Path, day: date) -> None:
        simulate(folder / "other", seed=11, scale=0.0005, as_of=day, feeds=(FETCHED,), with_truth=False)
        self.sink = Sink()
        self.known, self.other = WebServer(folder=inbox), WebServer(folder=folder / "other")
        self._mail = serving(self.sink)

    def __enter__(self) -> Servers:
        self.known.__enter__()
        self.other.__enter__()
        self.port = self._mail.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._mail.__exit__(None, None, None)
        self.other.__exit__(*error)
        self.known.__exit__(*error)


@dataclass(frozen=True)
class Place:
    """A copy of the home `season`, and what lies beside it. `inbox` and `day` are those of its last night."""

    root: Path
    season: Home
    inbox: Path
    day: date
    servers: Servers

    @property
    def home(self) -> Home:
        """The home."""
        return Home(self.root / "home")

    @property
    def letters(self) -> int:
        """How many letters of this home a mail server has taken."""
        return sum(self._reader in recipients for recipients, _ in self.servers.sink.taken)

    @property
    def _reader(self) -> str:
        return f"{self.root.name}@example.vn"

    def start(self, arguments: tuple[str, ...], name: str, disturbance: Disturbance | None = None) -> Command:
        """Start a command; returns at once."""
        told = {"copy": self.root / "copy", "keys": self.root / "keys", "inbox": self.inbox, "day": self.day}
        told["oldest"] = ledger.list_entries(self.home)[0].version
        given = [part.format(**told) for part in arguments]
        log = self.root.parent / "logs" / f"{self.root.name}-{name}.log"
        return Command(self.home, given, log, disturbance=disturbance or Disturbance()).start()

    def fetch_from(self, server: WebServer) -> None:
        """Let the settings name a source."""
        self.home.secrets.mkdir(mode=0o700)
        token = self.home.secrets / f"{FETCHED}.token"
        token.write_text(TOKEN, encoding="utf-8")
        token.chmod(0o600)
        source = {"kind": "http", "url": server.url, "token_over_http": True}
        self._configure({"sources": {FETCHED: source}, "pull": QUICK})

    def send_letters(self) -> None:
        """Let the settings name a mail server, and one reader who is this home's alone."""
        notice = {"smtp_host": "127.0.0.1", "port": self.servers.port, "starttls": False}
        self._configure({"notice": notice | {"sender": "haicap@example.vn", "recipients": [self._reader]}})

    def _configure(self, settings: dict[str, object]) -> None:
        (self.home.root / "haicap.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """A command that may die. `arguments`: {copy} and {keys} lie beside the home, {oldest} is its first version;
    `steps`: where it may be asked to die; `prepare`: what a copy of the season's home needs before it."""

    name: str
    arguments: tuple[str, ...]
    steps: tuple[str, ...]
    prepare: Callable[[Place], None] = lambda place: None


def _lose_extracts(place: Place) -> None:
    shutil.rmtree(place.home.extracts / place.home.current.resolve().stem.removeprefix("haicap-"))


def _pin(place: Place) -> None:
    assert place.start(("rollback", "{oldest}"), "pin").wait() == 0


def _lose_all_extracts(place: Place) -> None:
    for folder in place.home.extracts.glob("20*"):
        shutil.rmtree(folder)


def _fetch_and_purge(place: Place) -> None:
    """A source that has nothing new; and of what was purged long ago half is there again, as when a copy of the home
    was laid back: the next night must remove it."""
    place.fetch_from(place.servers.known)
    home = place.home
    archived = sorted(path.name for path in home.archive.glob("??/*"))
    kept = sorted(name_record(path.parent.name, path.stem) for path in home.vault.glob("*/*.bin"))
    rule = {"at": "2025-07-01T06:00:00+07:00", "as_of": "2025-06-30", "archive_days": 1095, "vault_days": 365}
    open_purge_log(home).append(rule | {"archive": archived[::2], "vault": kept[::2]})


CASES = (
    Case("backup", ("backup", "{copy}", "--keys-to", "{keys}"), ("half_copied", "one_copied")),
    Case("rotate-archive", ("vault", "rotate-keys", "--archive"),
         ("old_key_kept", "new_key_written", "one_rewritten")),
    Case("rotate-vault", ("vault", "rotate-keys", "--vault"), ("new_key_written", "one_rewritten", "line_logged")),
    Case("rollback", ("rollback", "{oldest}"), ("pinned",)),
    Case("rollback-extract", ("rollback", "{oldest}"), ("extract_written",), _lose_all_extracts),
    Case("lift", ("rollback", "--lift"), ("unpinned",), _pin),
    Case("extract", ("extract",), ("extract_written",), _lose_extracts),
    Case("release", ("release", "latest"), ("notice_begun", "notice_gone"), Place.send_letters),
    Case("pull", ("pull", "--from", "2025-01-01", "--to", "{day}"), ("pull_archived", "pull_listed"),
         lambda place: place.fetch_from(place.servers.other)),
    Case("refresh", ("refresh", "--inbox", "{inbox}", "--as-of", "{day}"),
         ("cursor_moved", "purge_logged", "one_purged"), _fetch_and_purge),
)  # fmt: skip


def make_place(case: Case, season: Home, root: Path, inbox: Path, day: date, servers: Servers) -> Place:
    """Copy a season's home to where one command may change it, and prepare it."""
    place = Place(root, season, inbox, day, servers)
    shutil.copytree(season.root, place.home.root, symlinks=True)
    case.prepare(place)
    return place


def run_to_the_end(place: Place, case: Case) -> list[str]:
    """Run a command as an operator does until it has nothing more to do; return what went wrong."""
    command = place.start(case.arguments, "again")
    code = command.wait()
    if case.name == "release" and code == 1 and "Không rõ thư" in command.complaint:
        knows = "--sent" if place.letters else "--again"  # a recipient was asked, as the message says
        command = place.start((*case.arguments, knows), "asked")
        code = command.wait()
    return [] if code in NOTHING_IS_WRONG else [f"{case.name} ended with {code}: {command.said[-600:]}"]


def die_at(place: Place, case: Case, step: str) -> list[str]:
    """Let a command die at one of its steps; return what is wrong with what it left."""
    command = place.start(case.arguments, "died", Disturbance(step=step))
    code = command.wait()
    found = [] if code == DIED_AT_STEP else [f"did not die at {step} but ended with {code}: {command.said[-300:]}"]
    return found + look_at(place)


def look_at(place: Place) -> list[str]:
    """Readers must find a version, whenever a command died."""
    return [] if place.home.current.resolve().is_file() else ["current is gone"]


def find_differences(place: Place, wanted: Place) -> list[str]:
    """Everything in which a home, what was copied of it and what was sent are not as after an undisturbed command."""
    ours, theirs = (
        _read_all(one) | {f"bytes of {name}": digest for name, digest in _list_stable(one.root).items()}
        for one in (place, wanted)
    )
    found = [
        f"{name} is not as undisturbed" for name in sorted(ours.keys() & theirs.keys()) if ours[name] != theirs[name]
    ]
    found += [f"{name} is too much" for name in sorted(ours.keys() - theirs.keys())]
    found += [f"{name} is missing" for name in sorted(theirs.keys() - ours.keys())]
    half = [path.relative_to(place.root) for path in place.root.rglob(f"{TEMPORARY_PREFIX}*")]
    paths = [{path.relative_to(one.root).as_posix() for path in one.root.rglob("*")} for one in (place, wanted)]
    return found + [f"half written: {path}" for path in half] + [f"stray or lost: {p}" for p in paths[0] ^ paths[1]]


def _read_all(place: Place) -> dict[str, object]:
    """What archive, vault, list of arrivals, ledger and notes hold, whatever the keys and the time are."""
    home = place.home
    archive, vault = open_archive(home), open_vault(home)
    told: dict[str, object] = {f"archive {path.name}": archive.get(path.name) for path in home.archive.glob("??/*")}
    for path in home.vault.glob("*/*.bin"):
        told[f"vault {path.parent.name}/{path.stem}"] = vault.get(path.parent.name, path.stem).to_csv()
    for nth, arrival in enumerate(ArrivalList(home.arrivals).read_arrivals()):
        told[f"arrival {nth}"] = arrival
    for entry in ledger.list_entries(home):
        told[f"ledger {entry.sequence}"] = entry.identity
    state = read_state(home.pulls, FETCHED)
    told |= {"cursor": state.cursor, "pending": state.pending, "letters": place.letters}
    purges = read_purges(home)
    told |= {"purged": (sorted(purges.archive), sorted(purges.vault))}
    copied = place.root / "keys"
    told["keys copied"] = not copied.exists() or hash_files(copied / "keys") == hash_files(home.keys)
    return told


def _list_stable(root: Path) -> dict[str, str]:
    """The hash of every file, of the home and beside it, whose bytes are the same whenever it is written."""
    return {
        name: digest for name, digest in hash_files(root).items() if not name.partition("/")[2].startswith(MAY_DIFFER)
    }
