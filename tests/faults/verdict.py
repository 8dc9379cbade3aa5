"""What is stored in the end, held against the journals: is anything lost, doubled or wrong?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from badge_engine.backfill import reconcile
from badge_engine.engine.engine import Engine
from badge_engine.engine.states import States
from badge_engine.errors import ConcurrentUpdate
from badge_engine.events import Event
from badge_engine.outcomes import AuditEntry, Award, AwardKey, LedgerAward
from badge_engine.ports import Checkpoint, Store, View
from badge_engine.semantics.compiler import RuleSet
from badge_engine.semantics.evaluate import evaluate
from badge_engine.stores.sqlalchemy import SqlStore
from tests.faults.journal import Told
from tests.faults.truth import Known, Truth
from tests.faults.worker import FINDING, host_changes

PLACES = 40
"""At so many places of a history the checkpoint before it is looked at."""

FROM: Mapping[str, set[str]] = {
    "corrected": {"earned"},
    "kept": {"earned"},
    "revoked": {"earned", "kept"},
    "reinstated": {"kept", "revoked"},
}
"""For each kind of audit entry the statuses that an award may have had before."""

Row = tuple[str, AwardKey, str, str]
"""User, award, kind and cause of a change."""


@dataclass
class Verdict:
    """Findings by what they are; a campaign is passed when there is none."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    events: int = 0
    awards: int = 0

    @property
    def findings(self) -> list[str]:
        named = ("lost", self.lost), ("doubled", self.doubled), ("wrong", self.wrong)
        return [f"{name}: {one}" for name, found in named for one in found]

    def count(self, what: str, found: Iterable[object]) -> None:
        """Note what is there more than once."""
        self.doubled += [f"{what} {one}" for one, times in Counter(found).items() if times > 1]


def judge(engine: Engine, store: SqlStore, told: Sequence[Told]) -> Verdict:
    """Compare everything, once all users stand by the rules of the engine."""
    verdict, truth = Verdict(), Truth()
    for worker, one in enumerate(told):
        truth.take(worker, one.sent)
        verdict.wrong += [note for note in one.notes if note.startswith(FINDING)]
        verdict.wrong += [
            f"worker {worker} was told {name}, though all faults pass: {text}"
            for name, text in one.troubles
            if name != ConcurrentUpdate.__name__
        ]
    verdict.wrong += truth.wrong
    _judge_users(verdict, store.users(), {user for user, known in truth.users.items() if known})
    shown: dict[str, set[AwardKey]] = defaultdict(set)
    for user, keys in (seen for one in told for seen in one.seen):
        shown[user].update(keys)
    rows: list[Row] = []
    for user in store.users():
        with store.view(user) as view:
            _judge_facts(verdict, view, truth.users[user])
            rows += _judge_ledger(verdict, view, shown[user])
        history = sorted(filter(None, truth.users[user].values()), key=lambda event: event.order)
        rules = engine.rules_for(user)
        _judge_awards(verdict, user, evaluate(rules, history), engine.awards(user))
        _judge_checkpoints(verdict, store, rules, user, history)
    _judge_host(verdict, store, rows)
    verdict.wrong += [f"reconcile: user {user!r}, {one}" for user, one in reconcile(engine)]
    return verdict


def _judge_users(verdict: Verdict, stored: Sequence[str], sent: set[str]) -> None:
    verdict.count("user", stored)
    verdict.lost += [f"user {user!r}" for user in sent - set(stored)]
    verdict.wrong += [f"user {user!r} whom nobody sent" for user in set(stored) - sent]


def _judge_facts(verdict: Verdict, view: View, known: Known) -> None:
    stored, withdrawn, user = list(view.events()), list(view.withdrawn()), view.user
    verdict.events += len(stored)
    verdict.count(f"event of {user!r}:", [event.id for event in stored] + withdrawn)
    there: Known = {**dict.fromkeys(withdrawn), **{event.id: event for event in stored}}
    for id in sorted(there.keys() | known.keys()):
        if id not in there:
            verdict.lost.append(f"event {id!r} of {user!r}")
        elif id not in known:
            verdict.wrong.append(f"event {id!r} of {user!r}, which nobody sent")
        elif not _same(there[id], known[id]):
            told = f"is {there[id]}, acknowledged was {known[id]}"
            verdict.lost.append(f"event {id!r} of {user!r} {told}")
    if stored != sorted(stored, key=lambda event: event.order):
        verdict.wrong.append(f"the events of {user!r} are out of order")


def _same(one: Event | None, other: Event | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.user == other.user and one.same_content(other)


def _judge_ledger(verdict: Verdict, view: View, shown: set[AwardKey]) -> list[Row]:
    """Look at all awards and their audit; the changes of which the host must have heard."""
    ledger, audit, user = view.awards(), view.audit(), view.user
    verdict.awards += len(ledger)
    verdict.count(f"award of {user!r}:", [entry.key for entry in ledger])
    verdict.count(f"audit entry of {user!r}:", [(entry.key, entry.at) for entry in audit])
    _judge_audit(verdict, user, ledger, audit)
    for entry in ledger:
        if entry.key in shown and entry.seen_at is None:
            verdict.lost.append(f"{user!r} was shown {entry.key}, and it is not noted")
    return [
        *((user, entry.key, "new", "") for entry in ledger),
        *((user, entry.key, entry.kind, entry.cause) for entry in audit),
    ]


def _judge_awards(
    verdict: Verdict, user: str, derived: Iterable[Award], ledger: Sequence[LedgerAward]
) -> None:
    earned = {entry.key: entry.award for entry in ledger if entry.status == "earned"}
    right = {award.key[1:]: award for award in derived}
    verdict.lost += [f"award {key} of {user!r}" for key in right.keys() - earned.keys()]
    verdict.wrong += [f"award {key} of {user!r} is not so" for key in earned.keys() - right.keys()]
    verdict.wrong += [
        f"award of {user!r} is {earned[key]}, not {right[key]}"
        for key in right.keys() & earned.keys()
        if earned[key] != right[key]
    ]


def _judge_audit(
    verdict: Verdict, user: str, ledger: Sequence[LedgerAward], audit: Sequence[AuditEntry]
) -> None:
    """Every award became what it is by the entries of its audit, one after another."""
    status: dict[AwardKey, str] = {entry.key: "earned" for entry in ledger}
    for entry in audit:
        before = status.get(entry.key)
        if before not in FROM[entry.kind]:
            verdict.wrong.append(f"{user!r}: {entry} of an award that was {before}")
        kept = entry.kind in {"kept", "revoked"}
        status[entry.key] = entry.kind if kept else "earned"
    verdict.wrong += [
        f"award {entry.key} of {user!r} is {entry.status}, its audit says {status[entry.key]}"
        for entry in ledger
        if entry.status != status[entry.key]
    ]


def _judge_checkpoints(
    verdict: Verdict, store: Store, rules: RuleSet, user: str, history: Sequence[Event]
) -> None:
    """What a late event would be folded from is what the events up to there give."""
    checkpoints: dict[int, Checkpoint] = {}
    for place in range(0, len(history), max(1, len(history) // PLACES)):
        with store.transaction(user) as transaction:
            tail = transaction.tail((history[place].instant, history[place].id))
        if tail.checkpoint is not None:
            checkpoints[tail.checkpoint.number] = tail.checkpoint
    for number, checkpoint in checkpoints.items():
        fresh = States.fresh(rules)
        fresh.take_all(
            event for event in history if (event.instant, event.id) <= checkpoint.position
        )
        if fresh.folding.states != States.at(rules, checkpoint.states).folding.states:
            verdict.wrong.append(f"checkpoint {number} of {user!r} remembers another history")


def _judge_host(verdict: Verdict, store: SqlStore, right: list[Row]) -> None:
    """The host has a row for each change, written in the transaction that made it."""
    names = ("user", "badge", "tier", "occurrence", "kind", "cause")
    with store.engine.connect() as connection:
        rows = connection.execute(select(*(host_changes.c[name] for name in names))).all()
    noted: Counter[Row] = Counter()
    for user, badge, tier, occurrence, kind, cause in rows:
        noted[user, (badge, tier, occurrence), kind, "" if kind == "new" else cause] += 1
    expected = Counter(right)
    verdict.lost += [f"row of the host: {row}" for row in expected - noted]
    verdict.doubled += [f"row of the host: {row}" for row in noted - expected]
