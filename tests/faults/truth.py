"""What must be stored once everything is acknowledged, told from the journals alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from badge_engine.errors import InvalidEvent
from badge_engine.events import Event
from tests.faults.journal import Sent
from tests.faults.plan import Act

Known = dict[str, Event | None]


def event_of(act: Act) -> Event | None:
    """The event that an act states; None for a retraction and for what intake refuses."""
    if act.fact is None:
        return None
    try:
        return Event.create(**act.fact)
    except InvalidEvent:
        return None


@dataclass
class Truth:
    """Of each user the ids ever seen, with None for a withdrawn one, and answers that are wrong."""

    users: dict[str, Known] = field(default_factory=lambda: defaultdict(dict))
    wrong: list[str] = field(default_factory=list)

    def take(self, worker: int, sent: Iterable[Sent]) -> None:
        """All that one worker sent, in its order."""
        for one in sent:
            first, again = self._answers(one.step.acts), self._answers(one.step.acts)
            if one.answers is None:
                self.wrong.append(f"worker {worker}: {one.step} was never answered")
                continue
            told = zip(one.step.acts, one.answers, first, again, strict=True)
            for act, answer, right, repeated in told:
                if answer != right and not (one.repeated and answer == repeated):
                    self.wrong.append(
                        f"worker {worker}, step {one.step.number}: {act} was answered {answer!r},"
                        f" not {right!r}"
                    )

    def _answers(self, acts: Sequence[Act]) -> list[str]:
        return [self._answer(act) for act in acts]

    def _answer(self, act: Act) -> str:
        known, event = self.users[act.user], event_of(act)
        seen, former = act.id in known, known.get(act.id)
        if act.name == "retract":
            known[act.id] = None
            return "unchanged" if seen and former is None else "retracted"
        if event is None:
            return "refused"
        if former is not None and former.same_content(event):
            return "unchanged"
        if act.name == "record" and seen:
            return "withdrawn" if former is None else "conflict"
        known[act.id] = event
        return "amended" if seen else "recorded"
