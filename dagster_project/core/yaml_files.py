"""YAML as this project writes it, read by libyaml where PyYAML was built with it: ten times as fast as Python's own."""

from __future__ import annotations

import re
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 100
"""Parts within parts at most: libyaml ends the process where there are some ten thousand."""
_LONG_BEGINNING = re.compile(rf"[ \-?]{{{_DEEPEST}}}")


def load_yaml(text: str | bytes) -> Any:
    """Read one YAML document as plain values. Raises yaml.YAMLError."""
    if _may_be_deep(text.decode("latin-1") if isinstance(text, bytes) else text):
        _refuse_depth(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - safe, either of them


def _may_be_deep(text: str) -> bool:
    """Tell by its letters, which costs next to nothing, whether a document may be nested too deep."""
    return text.count("[") + text.count("{") > _DEEPEST or _LONG_BEGINNING.search(text) is not None


def _refuse_depth(text: str | bytes) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            mark: Any = event.start_mark  # libyaml's own kind
            raise yaml.composer.ComposerError(None, None, "nested too deep", mark)
