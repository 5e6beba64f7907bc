"""A night speaks with nobody but its sources: the kernel counts what any of its processes tries, native code included.

The night runs in a network of its own that leads nowhere. A library that reports home fails there in silence; the
counters of that network tell of it all the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from dagster_project.core.paths import Home
from dagster_project.simulate import simulate

pytestmark = [pytest.mark.drill, pytest.mark.slow]

AS_OF = date(2025, 7, 13)
FEEDS = ("procedures_vp", "housing_vp", "investment_pt")
_APART = ("unshare", "--net", "--map-root-user")
_COUNT = """
import json, pathlib, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
told = {}
heads = {}
for line in pathlib.Path("/proc/net/snmp").read_text().splitlines():
    kind, _, rest = line.partition(":")
    if kind in heads:
        told |= {kind + name: int(value) for name, value in zip(heads[kind], rest.split())}
    heads[kind] = rest.split()
for line in pathlib.Path("/proc/net/snmp6").read_text().splitlines():
    name, value = line.split()
    told[name] = int(value)
wanted = ("IpOutNoRoutes", "Ip6OutNoRoutes", "TcpActiveOpens", "UdpOutDatagrams", "Udp6OutDatagrams")
print(json.dumps({"code": code, "tried": sum(told.get(name, 0) for name in wanted)}))
"""


def run_apart(*command: str, **environment: str) -> dict[str, int]:
    """Run a command in a network that leads nowhere; its exit code, and how often somebody tried to leave."""
    done = subprocess.run(
        [*_APART, sys.executable, "-c", _COUNT, *command],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    told: dict[str, int] = json.loads(done.stdout)
    return told


TRIES = {
    "a connection": "s.socket().connect(('192.0.2.7', 443))",
    "a datagram": "s.socket(type=s.SOCK_DGRAM).sendto(b'x', ('192.0.2.7', 53))",
    "a connection to this machine": "s.socket().connect(('127.0.0.1', 9))",
}


@pytest.mark.parametrize("what", TRIES)
def test_whoever_tries_is_counted(what):
    assert run_apart(sys.executable, "-c", f"import socket as s; {TRIES[what]}")["tried"] > 0


def test_a_name_that_is_asked_for_is_counted():
    assert run_apart(sys.executable, "-c", "import socket as s; s.getaddrinfo('telemetry.example.org', 443)")["tried"]


def test_a_whole_night_from_folders_tries_nothing(tmp_path: Path):
    simulate(tmp_path / "inbox", seed=5, scale=0.001, as_of=AS_OF, feeds=FEEDS, with_truth=False)
    place = ("--inbox", str(tmp_path / "inbox"), "--home", str(tmp_path / "home"), "--as-of", AS_OF.isoformat())
    # Nothing is switched off from outside: what libraries would report, the program itself must forbid.
    silent = {name: "" for name in ("DO_NOT_TRACK", "GX_ANALYTICS_ENABLED") if name in os.environ}
    told = run_apart(sys.executable, "-m", "dagster_project.cli", "refresh", *place, **silent)
    assert told["code"] in (0, 3)
    assert told["tried"] == 0
    assert Home(tmp_path / "home").current.exists()
