"""Every error the library raises on purpose, under one root.

Content a user wrote (a pack, an event line) never raises anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MOST_SHOWN = 60


def shown(value: object) -> str:
    """A value as messages show it, whatever it is: its repr, cut, or else its type."""
    if isinstance(value, str | bytes):
        value = value[: MOST_SHOWN + 1]
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a value that cannot even be shown is still only refused
        return f"a {type(value).__name__}"
    return text if len(text) <= MOST_SHOWN + 2 else f"{text[:MOST_SHOWN]}…"


class BadgeEngineError(Exception):
    """Root of all errors of this library."""


class RulePackError(BadgeEngineError):
    """Packs that cannot be used.

    `diagnostics` holds every mistake found, in file order, as
    `badge_engine.language.diagnostics.Diagnostic`.
    """

    def __init__(self, diagnostics: Sequence[Any]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class InvalidEvent(BadgeEngineError, ValueError):
    """A fact that is refused at intake; nothing of it is stored.

    `code` is a stable word such as `naive-time`, `field` the part of the event at fault (`at`,
    `data.minutes`, …) or None when it is the event as a whole.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        self.code = code
        self.field = field
        super().__init__(message)


class ConflictingEvent(BadgeEngineError):
    """The same event id came again with other content; the first content stays."""

    def __init__(self, user: str, event_id: str) -> None:
        self.user = user
        self.event_id = event_id
        super().__init__(
            f"event {event_id!r} of user {user!r} is already recorded with other content; "
            "use amend to replace it"
        )


class UnknownBadge(BadgeEngineError, LookupError):
    """A badge that is in none of the rule packs at hand."""

    def __init__(self, badge: str, known: Sequence[str]) -> None:
        self.badge = badge
        self.known = tuple(known)
        super().__init__(f"no badge {badge!r} in the rule packs; there are {len(known)} badges")


class StoreError(BadgeEngineError):
    """A store could not do what it was asked, and kept nothing of it."""


class ConcurrentUpdate(StoreError):
    """A store gave way to another writer or lost its connection; the same call may be repeated.

    Whether a commit arrived is not known after a lost connection; repeating is safe all the same,
    since every operation is idempotent.
    """


class SchemaMismatch(StoreError):
    """The tables of a database are missing, or belong to another version of the library."""


class UnusableURL(StoreError, ValueError):
    """A URL of a database that no store of ours can use; the message does not repeat it."""
