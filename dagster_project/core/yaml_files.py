"""YAML as this project writes it, read by libyaml where PyYAML was built with it: ten times as fast as Python's own."""

from __future__ import annotations

from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str | bytes) -> Any:
    """Read one YAML document as plain values. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - safe, either of them
