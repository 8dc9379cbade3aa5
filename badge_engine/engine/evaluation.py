"""From different facts to new states and other awards, folding no more than the difference asks.

An event on time is one step. A change in the past is folded again from the newest checkpoint before
it, an edited rule from the beginning, and what no rule reads is only stored.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from badge_engine.engine.intake import Pair
from badge_engine.engine.ledger import Occasion
from badge_engine.engine.states import (
    States,
    UnreadableStates,
    newest_checkpoint,
    outlived,
    survives,
)
from badge_engine.events import Event
from badge_engine.outcomes import Award, Change, LedgerAward
from badge_engine.ports import Position, Standing, Tail, Transaction, Writes, position
from badge_engine.semantics.compiler import RuleSet

logger = logging.getLogger("badge_engine.engine")


@dataclass(frozen=True, slots=True)
class Folded:
    """States after a difference, the awards derived on the way, and those recorded for it.

    `kept_checkpoint` is the number of the checkpoint that folding began at; None where it went on
    from where it stood.
    """

    states: States
    derived: Sequence[Award]
    recorded: Sequence[LedgerAward]
    kept_checkpoint: int | None = None


def writes(
    transaction: Transaction, differences: Mapping[str, Pair], occasion: Occasion
) -> tuple[Writes, Sequence[Change], Occasion]:
    """What to save for differences of facts, what it changes about awards, and on which occasion.

    Where the user stood by other rules until now, it is these that make the difference.
    """
    facts = Writes(
        events=[pair.now for pair in differences.values() if pair.now is not None],
        withdrawn=[event_id for event_id, pair in differences.items() if pair.now is None],
    )
    folded = _folded(transaction, differences, occasion.rules)
    if folded is None:
        return facts, (), occasion
    standing = transaction.standing
    if standing is not None and standing.rules != occasion.rules.fingerprint:
        occasion = replace(occasion, cause="rules", event=None)
    changes = occasion.changes(folded.derived, folded.recorded)
    former = {} if standing is None else standing.large
    return with_states(facts, folded, changes, occasion, former), changes, occasion


def _folded(
    transaction: Transaction, differences: Mapping[str, Pair], rules: RuleSet
) -> Folded | None:
    """The outcome of folding; None where no rule reads what is different."""
    standing = transaction.standing
    present = standing is not None and standing.rules == rules.fingerprint
    if standing is not None and present and transaction.unreadable.isdisjoint(differences):
        try:
            return _continued(transaction, standing, differences, rules)
        except UnreadableStates:
            logger.warning("states of user %r cannot be read and are made anew", transaction.user)
    return from_tail(transaction.tail(None), differences, rules, standing)


def _continued(
    transaction: Transaction,
    standing: Standing,
    differences: Mapping[str, Pair],
    rules: RuleSet,
) -> Folded | None:
    places = [
        position(event)
        for pair in differences.values()
        for event in pair
        if event is not None and event.type in rules.routes
    ]
    if not places:
        return None
    states = States.at(rules, standing.states, standing.large)
    newest = states.header.newest
    if newest is not None and min(places) <= newest:
        return from_tail(transaction.tail(min(places)), differences, rules, standing)
    derived = states.take_all(_news(differences))
    recorded: list[LedgerAward] = []
    if derived and states.header.irregular:
        recorded = [entry for entry in transaction.awards() if entry.status != "earned"]
    return Folded(states, derived, recorded)


def _news(differences: Mapping[str, Pair], after: Position | None = None) -> list[Event]:
    """The events that are new or in a new place, in canonical order."""
    news = [pair.now for pair in differences.values() if pair.now is not None]
    if after is not None:
        news = [event for event in news if position(event) > after]
    return sorted(news, key=position)


def from_tail(
    tail: Tail,
    differences: Mapping[str, Pair],
    rules: RuleSet,
    former: Standing | None,
) -> Folded:
    """Fold what came after a checkpoint, with the differences put in.

    `former` is the standing that takes the outcome.
    """
    checkpoint = tail.checkpoint
    if checkpoint is None:
        states, after = States.fresh(rules), None
    else:
        large = None if former is None else former.large
        states, after = States.at(rules, checkpoint.states, large), checkpoint.position
    states.expected = 0 if former is None else newest_checkpoint(former.states)
    derived = states.take_all(_merged(tail, differences, after))
    return Folded(states, derived, tail.awards, states.started)


def _merged(tail: Tail, differences: Mapping[str, Pair], after: Position | None) -> Iterator[Event]:
    unchanged = (event for event in tail.events if event.id not in differences)
    return heapq.merge(unchanged, _news(differences, after), key=position)


def _note_irregular(folded: Folded, changes: Sequence[Change]) -> None:
    """Remember whether awards of another status than earned may lie in the ledger."""
    header = folded.states.header
    after = {entry.key: entry.status for entry in folded.recorded}
    after |= {change.award.key: change.award.status for change in changes}
    irregular = any(status != "earned" for status in after.values())
    looked = folded.kept_checkpoint is not None or folded.recorded
    header.irregular = irregular if looked else header.irregular


def with_states(
    facts: Writes,
    folded: Folded,
    changes: Sequence[Change],
    occasion: Occasion,
    former: Mapping[int, bytes],
) -> Writes:
    """The facts to save, and with them states and awards; `former` large states are replaced."""
    _note_irregular(folded, changes)
    states = folded.states
    newest = states.header.checkpoint
    standing, large = states.packed()
    gone = former.keys() - states.large.keys() - large.keys()
    return replace(
        facts,
        standing=standing,
        large={**dict.fromkeys(gone), **large},
        keep_through=folded.kept_checkpoint,
        forget=outlived(states.started, newest),
        checkpoints=[one for one in states.checkpoints if survives(one.number, newest)],
        awards=[change.award for change in changes],
        audit=occasion.audit(changes),
    )
