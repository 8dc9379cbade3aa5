"""The engine: after every commit, stored awards with status earned are what `evaluate` says."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from time import sleep
from typing import Any, Literal, TypeVar

from badge_engine.engine.evaluation import from_tail, with_states, writes
from badge_engine.engine.intake import Batch, Fact, Intake, Outcome, accepted, retraction
from badge_engine.engine.ledger import Occasion
from badge_engine.engine.records import exported
from badge_engine.engine.redaction import Redaction
from badge_engine.engine.states import States, UnreadableStates
from badge_engine.errors import BadgeEngineError, ConcurrentUpdate, InvalidEvent, StoreError
from badge_engine.events import FUTURE_TOLERANCE, Event, Operation
from badge_engine.instants import MIDNIGHT
from badge_engine.outcomes import (
    AwardKey,
    Cause,
    Change,
    Explanation,
    LedgerAward,
    Progress,
    Status,
)
from badge_engine.ports import Store, Transaction, View, Writes
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import award_order, evaluate, local_today
from badge_engine.semantics.evaluate import progress as progress_of
from badge_engine.semantics.explain import explain as explanation_of

RulesFor = Callable[[str], RuleSet]
Returned = TypeVar("Returned")
HELD: tuple[Status, ...] = ("earned", "kept")
CELEBRATION_AGE = 14
ATTEMPTS = 4
_PAUSE = 0.02

logger = logging.getLogger("badge_engine.engine")


@dataclass(frozen=True, slots=True)
class Changed:
    """Awards of one user that an operation changed, and why.

    `connection` is the store's, for rows of the host's own in the same transaction; it is None
    after the commit and for stores that have none.
    """

    user: str
    changes: tuple[Change, ...]
    cause: Cause
    connection: object = None


Listener = Callable[[Changed], object]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the ledger of a user and `evaluate` disagree.

    `kind` is `missing` (an award that is not recorded as earned), `surplus` (one recorded as earned
    that is not derivable), `different` (other derived facts), or, without a key, `states` (what
    the folds remember) and `rules` (the present rules have not been applied yet).
    """

    kind: str
    key: AwardKey | None = None


def _system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place where facts meet the present


class Engine:
    """Facts about users go in, awards come out; all state is in the store.

    `rules` is a rule set, or gives the one of each user: it is asked in every operation, so rules
    may be swapped at any time. `clock` gives the present as an aware datetime. `within` is called
    with every change of awards before its transaction ends; its error undoes the operations on that
    user, and those on users behind it in a batch are not tried. `after_commit` is called
    afterwards, and its errors are only logged. An operation is tried four times where the store
    gives way to another writer; all of them may be repeated safely.
    """

    def __init__(
        self,
        store: Store,
        rules: RuleSet | RulesFor,
        *,
        clock: Callable[[], datetime] = _system_clock,
        day_starts: time = MIDNIGHT,
        future_tolerance: timedelta = FUTURE_TOLERANCE,
        celebration_age: int = CELEBRATION_AGE,
        within: Listener | None = None,
        after_commit: Listener | None = None,
    ) -> None:
        """`celebration_age` is in days: awards earned longer ago come without a toast."""
        self.store = store
        self.rules_for: RulesFor = (lambda _: rules) if isinstance(rules, RuleSet) else rules
        self.clock = clock
        self.day_starts = day_starts
        self.future_tolerance = future_tolerance
        self.celebration_age = celebration_age
        self._within = within
        self._after_commit = after_commit

    # Facts

    def record(self, fact: Fact) -> Batch:
        """Take in a fact.

        Raises InvalidEvent for what intake refuses, ConflictingEvent where its id stands for
        another fact, StoreError where the store gave up; then nothing was stored.
        """
        return self._one("record", fact)

    def amend(self, fact: Fact) -> Batch:
        """Replace what an id stands for, or record it; raises like `record`."""
        return self._one("amend", fact)

    def retract(self, user: str, event_id: str) -> Batch:
        """Withdraw a fact, seen or not; InvalidEvent for what can be no id."""
        return _raised(self.apply([retraction(user, event_id)]))

    def record_many(self, facts: Iterable[Fact]) -> Batch:
        """Take in facts of any users; one outcome each, and no error harms a neighbour.

        The facts of one user are one transaction and one occasion to celebrate.
        """
        return self._many("record", facts)

    def amend_many(self, facts: Iterable[Fact]) -> Batch:
        """Replace or record facts; one outcome each."""
        return self._many("amend", facts)

    def retract_many(self, ids: Iterable[tuple[str, str]]) -> Batch:
        """Withdraw facts, given as (user, event id); one outcome each."""
        operations: list[Operation | Outcome] = []
        for user, event_id in ids:
            try:
                operations.append(retraction(user, event_id))
            except InvalidEvent as refusal:
                operations.append(Outcome(_text(user), _text(event_id), "refused", refusal))
        return self.apply(operations)

    def _one(self, name: Literal["record", "amend"], fact: Fact) -> Batch:
        event = accepted(fact, self.day_starts)
        return _raised(self.apply([Operation(name, event.user, event.id, event)]))

    def _many(self, name: Literal["record", "amend"], facts: Iterable[Fact]) -> Batch:
        operations: list[Operation | Outcome] = []
        for fact in facts:
            try:
                event = accepted(fact, self.day_starts)
            except InvalidEvent as refusal:
                parts = fact if isinstance(fact, Mapping) else {}
                user, event_id = _text(parts.get("user")), _text(parts.get("id"))
                operations.append(Outcome(user, event_id, "refused", refusal))
            else:
                operations.append(Operation(name, event.user, event.id, event))
        return self.apply(operations)

    def apply(self, operations: Iterable[Operation | Outcome], *, silent: bool = False) -> Batch:
        """Do operations of any kind on any users; those on one user in their order.

        An Outcome among them stands for a fact that was refused already, and keeps its place.
        `silent` is for what is brought in from before: nothing of it is celebrated, as in a
        backfill.
        """
        outcomes: list[Outcome | None] = []
        by_user: dict[str, list[tuple[int, Operation]]] = defaultdict(list)
        for place, operation in enumerate(operations):
            if isinstance(operation, Outcome):
                outcomes.append(operation)
            else:
                outcomes.append(None)
                by_user[operation.user].append((place, operation))
        changes: list[Change] = []
        for user, own in by_user.items():
            batch = self._apply_to(user, [operation for _, operation in own], silent=silent)
            changes += batch.changes
            for (place, _), outcome in zip(own, batch.outcomes, strict=True):
                outcomes[place] = outcome
        return Batch(tuple(outcome for outcome in outcomes if outcome is not None), tuple(changes))

    def _apply_to(self, user: str, operations: Sequence[Operation], *, silent: bool) -> Batch:
        try:
            batch, cause = self._repeated(lambda: self._apply_once(user, operations, silent=silent))
        except StoreError as error:
            logger.warning("operations on user %r failed: %s", user, type(error).__name__)
            failed = (Outcome(user, operation.id, "failed", error) for operation in operations)
            return Batch(tuple(failed))
        self._tell(Changed(user, batch.changes, cause))
        return batch

    def _apply_once(
        self, user: str, operations: Sequence[Operation], *, silent: bool
    ) -> tuple[Batch, Cause]:
        ids = list(dict.fromkeys(operation.id for operation in operations))
        now = self.clock()
        with self.store.transaction(user, ids) as transaction:
            rules = self.rules_for(user)
            intake = Intake(user, transaction.known, rules.vocabulary, now, self.future_tolerance)
            outcomes = tuple(intake.take(operation) for operation in operations)
            differences = intake.differences()
            if not differences:
                return Batch(outcomes), "events"
            occasion = Occasion(
                rules=rules,
                now=now,
                today=lambda: self._day_of([pair.now for pair in differences.values()], now),
                cause="backfill" if silent else "events",
                celebration_age=self.celebration_age,
                celebrate=not silent,
                event=next(iter(differences)) if len(differences) == 1 else None,
            )
            saved, changes, occasion = writes(transaction, differences, occasion)
            self._save(transaction, saved, changes, occasion)
        return Batch(outcomes, tuple(changes)), occasion.cause

    def _day_of(self, events: Iterable[Event | None], now: datetime) -> date:
        """The local day of the present, where the newest of some events was."""
        known = [event for event in events if event is not None]
        return local_today(known, now, day_starts=self.day_starts)

    def _save(
        self, transaction: Transaction, saved: Writes, changes: Sequence[Change], why: Occasion
    ) -> None:
        transaction.save(saved)
        if changes and self._within is not None:
            told = Changed(transaction.user, tuple(changes), why.cause, transaction.connection)
            self._within(told)

    def _tell(self, changed: Changed) -> None:
        if not changed.changes:
            return
        logger.info("%d awards of user %r changed", len(changed.changes), changed.user)
        if self._after_commit is None:
            return
        try:
            self._after_commit(changed)
        except Exception:
            logger.exception("a callback after the commit failed for user %r", changed.user)

    def _repeated(self, work: Callable[[], Returned]) -> Returned:
        """Do what gave way to another writer again, a few times and after a pause."""
        for attempt in range(1, ATTEMPTS):
            try:
                return work()
            except ConcurrentUpdate as conflict:
                logger.info("attempt %d gave way to another writer: %s", attempt, conflict)
                sleep(_PAUSE * attempt)
        return work()

    # What users see

    def awards(
        self, user: str, *, status: Sequence[Status] = HELD, badge: str | None = None
    ) -> list[LedgerAward]:
        """The awards of a user, by earned_at, badge, tier and occurrence.

        Those that a user holds (earned or kept), or those of any other status.
        """
        with self.store.view(user) as view:
            return [
                entry
                for entry in view.awards()
                if entry.status in status and badge in (None, entry.award.badge)
            ]

    def progress(
        self,
        user: str,
        as_of: datetime | None = None,
        *,
        zone: str | None = None,
        reveal: bool = False,
    ) -> list[Progress]:
        """How far a user is with each badge, in file order.

        For the present, or for an instant `as_of`, after which nothing exists. `zone` is that of
        the user's profile. Hidden badges are placeholders without a name until the user holds
        them; doors for trainers and authors ask for `reveal`.
        """
        rules = self.rules_for(user)
        with self.store.view(user) as view:
            shown = self._progress(view, rules, as_of, zone)
            return shown if reveal else self._redaction(view, rules).progress(shown)

    def overview(
        self, user: str, *, zone: str | None = None, reveal: bool = False
    ) -> tuple[list[Progress], list[LedgerAward]]:
        """How far a user is with every tier, and the awards that are held, both of one moment.

        As `progress` and `awards` say it, but each tier is there, and is earned once it is reached;
        a hidden badge is one placeholder, whatever tiers it has.
        """
        rules = self.rules_for(user)
        with self.store.view(user) as view:
            held = [entry for entry in view.awards() if entry.status in HELD]
            shown = self._progress(view, rules, None, zone, each_tier=True)
        return shown if reveal else _redaction(rules, held).progress(shown), held

    def _progress(
        self,
        view: View,
        rules: RuleSet,
        as_of: datetime | None,
        zone: str | None,
        *,
        each_tier: bool = False,
    ) -> list[Progress]:
        standing = view.standing
        newest = [event for event in view.newest() if event is not None]
        moment = self.clock() if as_of is None else as_of
        today = local_today(newest, moment, zone, self.day_starts)
        cut = as_of is not None and any(event.at > as_of for event in newest)
        if standing is not None and standing.rules == rules.fingerprint and not cut:
            with suppress(UnreadableStates):
                states = States.at(rules, standing.states, standing.large)
                return states.progress(today, each_tier=each_tier)
        return progress_of(
            rules,
            view.events(),
            as_of if cut else None,
            zone=zone,
            day_starts=self.day_starts,
            today=None if cut else today,
            each_tier=each_tier,
        )

    def explain(
        self,
        user: str,
        badge: str,
        as_of: datetime | None = None,
        *,
        zone: str | None = None,
        reveal: bool = False,
    ) -> Explanation:
        """Why a user has a badge, or how it stands; arguments as for `progress`.

        Raises UnknownBadge for a badge in none of the packs, and for one that is hidden.
        """
        rules = self.rules_for(user)
        with self.store.view(user) as view:
            redaction = self._redaction(view, rules, reveal=reveal)
            redaction.require_visible(badge)
            events = list(view.events())
            if as_of is None:
                today = local_today(events, self.clock(), zone, self.day_starts)
                told = explanation_of(rules, events, badge, today=today)
            else:
                told = explanation_of(
                    rules, events, badge, as_of, zone=zone, day_starts=self.day_starts
                )
            return redaction.explanation(told)

    def _redaction(self, view: View, rules: RuleSet, *, reveal: bool = False) -> Redaction:
        if reveal or not any(one.badge.hidden for one in rules.badges.values()):
            return Redaction(rules, frozenset())
        return _redaction(rules, (entry for entry in view.awards() if entry.status in HELD))

    def unseen(self, user: str) -> list[LedgerAward]:
        """The awards that a user is to be told of and has not been, the oldest recorded first."""
        waiting = [
            entry for entry in self.awards(user) if entry.celebrate and entry.seen_at is None
        ]
        return sorted(waiting, key=lambda entry: (entry.recorded_at, award_order(entry.award)))

    def seen(self, user: str, keys: Iterable[AwardKey]) -> list[AwardKey]:
        """Note that a user was told of awards; which of them no earlier call has named.

        Of several callers at once each award is new to one. May be repeated.
        """
        wanted = set(keys)
        return self._repeated(lambda: self._seen_once(user, wanted))

    def _seen_once(self, user: str, wanted: set[AwardKey]) -> list[AwardKey]:
        now = self.clock()
        with self.store.transaction(user) as transaction:
            told = [
                replace(entry, seen_at=now)
                for entry in transaction.awards()
                if entry.key in wanted and entry.seen_at is None
            ]
            if told:
                transaction.save(Writes(awards=told))
        return [entry.key for entry in told]

    # Care

    def renew(
        self, user: str, *, celebrate: bool = False, revoke: bool = False
    ) -> Sequence[Change]:
        """Apply the present rules to a user whose standing is by former ones.

        Silent unless `celebrate` is asked for. Awards that edited rules do not give are kept, or
        with `revoke` revoked. A user who already stands by the present rules costs one look.
        """
        changes = self._repeated(
            lambda: self._renew_once(user, "backfill", celebrate=celebrate, revoke=revoke)
        )
        self._tell(Changed(user, tuple(changes), "backfill"))
        return changes

    def _renew_once(
        self, user: str, cause: Cause, *, celebrate: bool = False, revoke: bool = False
    ) -> Sequence[Change]:
        with self.store.transaction(user) as transaction:
            rules, standing = self.rules_for(user), transaction.standing
            present = standing is not None and standing.rules == rules.fingerprint
            if present and cause == "backfill" and not revoke:
                return ()
            now = self.clock()
            occasion = Occasion(
                rules=rules,
                now=now,
                today=lambda: self._day_of(transaction.newest(), now),
                cause=cause,
                celebration_age=self.celebration_age,
                celebrate=celebrate,
                revoke=revoke,
            )
            folded = from_tail(transaction.tail(None), {}, rules, standing)
            if standing is None and folded.states.header.newest is None and not folded.recorded:
                return ()
            changes = occasion.changes(folded.derived, folded.recorded)
            former = {} if standing is None else standing.large
            saved = with_states(Writes(), folded, changes, occasion, former)
            self._save(transaction, saved, changes, occasion)
        return changes

    def reconcile(self, user: str, *, repair: bool = False) -> list[Difference]:
        """Where a user's stored awards differ from `evaluate`, and, if asked, the repair of it."""
        with self.store.view(user) as view:
            found = self._differences(view, self.rules_for(user))
        if found and repair:
            logger.warning("repairing %d differences of user %r", len(found), user)
            changes = self._repeated(lambda: self._renew_once(user, "reconcile"))
            self._tell(Changed(user, tuple(changes), "reconcile"))
        return found

    def _differences(self, view: View, rules: RuleSet) -> list[Difference]:
        events, standing = list(view.events()), view.standing
        derived = {one.key_of_user: one for one in evaluate(rules, events)}
        earned = {entry.key: entry.award for entry in view.awards() if entry.status == "earned"}
        found = [Difference("missing", key) for key in derived.keys() - earned.keys()]
        found += [Difference("surplus", key) for key in earned.keys() - derived.keys()]
        both = derived.keys() & earned.keys()
        found += [Difference("different", key) for key in both if derived[key] != earned[key]]
        found.sort(key=lambda one: (one.kind, str(one.key)))
        if standing is None or standing.rules != rules.fingerprint:
            return [*found, Difference("rules")] if events or earned else found
        fresh = States.fresh(rules)
        fresh.take_all(events)
        with suppress(UnreadableStates):
            stored = States.at(rules, standing.states, standing.large)
            if fresh.folding.states == stored.folding.states:
                return found
        return [*found, Difference("states")]

    def erase(self, user: str) -> None:
        """Remove everything about a user."""
        self._repeated(lambda: self.store.erase(user))
        logger.info("erased user %r", user)

    def export(self, user: str) -> dict[str, Any]:
        """Everything stored about a user, as JSON holds it; numbers in data as exact text."""
        with self.store.view(user) as view:
            return exported(view)


def _redaction(rules: RuleSet, held: Iterable[LedgerAward]) -> Redaction:
    secret = {badge for badge, one in rules.badges.items() if one.badge.hidden}
    return Redaction(rules, frozenset(secret - {entry.award.badge for entry in held}))


def _raised(batch: Batch) -> Batch:
    """The batch of a single operation, whose error is raised."""
    error: BadgeEngineError | None = batch.outcomes[0].error
    if error is not None:
        raise error
    return batch


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
