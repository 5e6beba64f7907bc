"""Run a command and see which of its processes outlived it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

_CODE = """
import ctypes, json, os, subprocess, sys
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
done = subprocess.run(json.loads(sys.argv[1]), capture_output=True, text=True, stdin=subprocess.DEVNULL)
left = 0
try:
    while True:
        os.waitpid(-1, 0)
        left += 1
except ChildProcessError:
    pass
print(json.dumps([done.returncode, done.stdout, done.stderr, left]))
"""


def run_and_count_orphans(command: Sequence[str], **environment: str) -> tuple[int, str, str, int]:
    """Exit code, output and errors of a command, and how many of its descendants were there after its end.

    Linux gives orphans to the process that asked for them: none is missed, however soon after the command it ended.
    """
    told = subprocess.run(
        [sys.executable, "-c", _CODE, json.dumps(list(command))],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    code, output, errors, left = json.loads(told.stdout)
    return code, output, errors, left
