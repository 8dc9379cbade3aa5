"""What an evaluation says: awards with their evidence and ledger, progress and explanations.

Only data; `semantics` fills it in, `wording` turns it into sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

HIDDEN = "hidden"
"""The criterion of an explanation that is not to be told."""

State = Literal["none", "open", "alive", "at_risk", "broken", "earned"]
Status = Literal["earned", "kept", "revoked"]
ChangeKind = Literal["new", "corrected", "kept", "revoked", "reinstated"]
Cause = Literal["events", "rules", "backfill", "reconcile"]
AwardKey = tuple[str, str | None, int]
"""Badge, tier and occurrence: with the user, what an award is known by."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which event and days justify an award.

    `event` is the id of the deciding event; `first_day` and `last_day` are local days, both
    included; `count` is the number of events, values, periods or parts that it stands on.
    """

    event: str
    first_day: date
    last_day: date
    count: int


@dataclass(frozen=True, slots=True)
class Award:
    """The derived half of an award: a pure function of rules, history and as_of.

    `tier` is None for a badge without tiers; `occurrence` counts 1, 2, 3 …; `earned_at` is the
    instant of the deciding event in UTC, `earned_on` a local day; `rule_version` is a hash of the
    normalised rule and of the settings that it depends on.
    """

    user: str
    badge: str
    tier: str | None
    occurrence: int
    earned_at: datetime
    earned_on: date
    evidence: Evidence
    rule_version: str

    @property
    def key(self) -> tuple[str, str, str | None, int]:
        return (self.user, self.badge, self.tier, self.occurrence)

    @property
    def key_of_user(self) -> AwardKey:
        """The key among the awards of its user."""
        return (self.badge, self.tier, self.occurrence)


@dataclass(frozen=True, slots=True)
class LedgerAward:
    """An award with the half that tells what we knew when.

    `status` is earned as long as rules and history give the award; else kept or revoked.
    `recorded_at` is when it was first recorded, `seen_at` when its user was told; `celebrate` says
    whether to tell. All instants are aware, in UTC.
    """

    award: Award
    status: Status
    recorded_at: datetime
    celebrate: bool
    seen_at: datetime | None = None

    @property
    def key(self) -> AwardKey:
        return self.award.key_of_user


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that happened to an award after it was first recorded.

    `cause` says what made the difference; `event` is the id of the event at fault, where one
    operation on one event was; `rule_version` is the version of the award's rule at that time,
    None when the badge was in no pack.
    """

    key: AwardKey
    at: datetime
    kind: ChangeKind
    cause: Cause
    event: str | None = None
    rule_version: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one operation did to one award: `award` as it is now, `before` as it was, if at all."""

    kind: ChangeKind
    award: LedgerAward
    before: LedgerAward | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a user is with a badge.

    `value` and `target` are exact, in `unit` (None for plain counts); None where there is nothing
    to tell yet. `ratio` lies in 0…1 with four decimals and is 1 exactly when nothing is left to
    earn. `tier` and `occurrence` are those to earn next (those earned last, when nothing is left).
    `best` and `expires_on` belong to streaks; `decimals` says how to round `value` for display.
    """

    badge: str
    value: Fraction | None
    target: Fraction | None
    ratio: Decimal
    unit: str | None
    tier: str | None
    occurrence: int
    state: State
    decimals: int = 0
    best: int | None = None
    expires_on: date | None = None
    period_ends: date | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of `where`, or `from` or `until`: how many of the events considered meet it."""

    setting: str
    passed: int
    considered: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An event that was considered and does not count, with the requirements it fails."""

    event: str
    day: date
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One node of the answer to "why, or why not?": a badge's criterion, or a part of one.

    It `holds` once its first goal is reached (for a part: the goal that it stands for); then
    `evidence` says by what. `awards` are those of the badge, where the node is a badge's own.
    `considered` events have a listed type, `matched` ones meet every requirement, too;
    `left_out` names the newest of the others, the newest first.
    `blocking_day` is the last local day on which activity would have continued a broken run;
    `blocking_parts` are the positions of the parts that a composite still lacks.
    Of a hidden badge nothing is there but whether it holds, and "hidden" as its criterion.
    """

    badge: str
    criterion: str
    holds: bool
    progress: Progress
    evidence: Evidence | None = None
    awards: tuple[Award, ...] = ()
    considered: int = 0
    matched: int = 0
    requirements: tuple[Requirement, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    blocking_day: date | None = None
    blocking_parts: tuple[int, ...] = ()
    parts: tuple[Explanation, ...] = field(default=())
