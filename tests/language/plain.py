"""YAML as an editor sees it: the same text as plain JSON-like data, for checking the schemas."""

from __future__ import annotations

import re

import yaml


class EditorLoader(yaml.SafeLoader):
    """Reads scalars as our loader and YAML 1.2 editors do."""


EditorLoader.yaml_implicit_resolvers = {}
for kind, pattern, first in (
    ("bool", "(true|false)$", "tf"),
    ("int", "[-+]?(0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+$", "-+0123456789"),
    ("null", "$", [""]),
):
    EditorLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{kind}", re.compile(f"^{pattern}"), list(first)
    )


def plain(text: str) -> object:
    """The content of a YAML text."""
    return yaml.load(text, Loader=EditorLoader)  # noqa: S506 - a SafeLoader
