"""What each worker does, step after step: the same for a seed, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Literal

Fact = dict[str, Any]
Name = Literal["record", "amend", "retract"]
Door = Literal["one", "many", "mixed"]

BUSIEST = "hot"
START = datetime(2026, 1, 5, tzinfo=UTC)
PACE = timedelta(hours=5)
"""How much later each step of a worker happens than the one before."""

TYPES = ("workout",) * 10 + ("weigh_in",) * 4 + ("nutrition_log", "daily_activity", "rest_day")
ZONES = (None, None, "Europe/Lisbon", "America/Los_Angeles", "Pacific/Auckland")
ACTS = {
    "new": 55,
    "again": 10,
    "contradict": 4,
    "change": 14,
    "withdraw": 8,
    "withdraw unseen": 2,
    "change unseen": 4,
    "refused": 3,
}


@dataclass(frozen=True, slots=True)
class Act:
    """One operation on one id; `fact` is None for a retraction."""

    name: Name
    user: str
    id: str
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a worker sends at once: one act, several of a kind, or several of any kind."""

    number: int
    door: Door
    acts: tuple[Act, ...]

    def as_json(self) -> dict[str, Any]:
        acts = [[act.name, act.user, act.id, act.fact] for act in self.acts]
        return {"step": self.number, "door": self.door, "acts": acts}

    @classmethod
    def of_json(cls, line: dict[str, Any]) -> Step:
        return cls(line["step"], line["door"], tuple(Act(*act) for act in line["acts"]))


def clock(worker: int, step: int) -> datetime:
    """The present of a step: a different one for each step of each worker."""
    return START + (step + 1) * PACE + timedelta(microseconds=worker)


@dataclass
class Plan:
    """The steps of one worker, which alone speaks of the ids that it makes up."""

    seed: int
    worker: int
    users: int
    _sent: dict[tuple[str, str], Fact] = field(default_factory=dict)
    _owned: list[tuple[str, str]] = field(default_factory=list)

    def steps(self) -> Iterator[Step]:
        for number in count():
            random = Random(f"{self.seed}/{self.worker}/{number}")
            door: Door = random.choices(("one", "many", "mixed"), (14, 3, 3))[0]
            size = 1 if door == "one" else random.randint(2, 8)
            acts = self._acts(random, number, size, door)
            yield Step(number, door, tuple(acts))

    def _acts(self, random: Random, number: int, size: int, door: Door) -> Iterator[Act]:
        kind = self._kind(random)
        for place in range(size):
            yield self._act(random, kind, number, f"{self.worker}-{number}-{place}")
            if door == "mixed":
                kind = self._kind(random)

    def _kind(self, random: Random) -> str:
        kind = random.choices(tuple(ACTS), tuple(ACTS.values()))[0]
        return kind if self._owned else "new"

    def _act(self, random: Random, kind: str, number: int, id: str) -> Act:
        user = BUSIEST if random.random() < 0.4 else f"user-{random.randrange(self.users)}"
        if kind in {"new", "change unseen", "withdraw unseen"}:
            self._owned.append((user, id))
        elif kind != "refused":
            user, id = random.choice(self._owned[-200:])
        if kind.startswith("withdraw"):
            return Act("retract", user, id)
        if kind == "again" and (user, id) in self._sent:
            return Act("record", user, id, self._sent[user, id])
        fact = self._fact(random, number, user, id)
        if kind == "refused":
            return Act("record", user, id, {**fact, "at": "2026-02-30T10:00:00Z"})
        self._sent[user, id] = fact
        return Act("amend" if kind.startswith("change") else "record", user, id, fact)

    def _fact(self, random: Random, number: int, user: str, id: str) -> Fact:
        moment = self._moment(random, number)
        fact: Fact = {"id": id, "user": user, "type": random.choice(TYPES)}
        if random.random() < 0.1:
            fact["day"] = moment.date().isoformat()
        else:
            fact["at"] = moment.isoformat()
        fact["zone"] = random.choice(ZONES)
        fact["data"] = _data(random, fact["type"])
        return fact

    def _moment(self, random: Random, number: int) -> datetime:
        """On time as a rule, else some days late, now and then some weeks."""
        late = random.choices((0, 3, 7, 60), (65, 15, 10, 10))[0]
        spread = timedelta(minutes=random.randrange(5 * 60), microseconds=self.worker)
        return START + number * PACE + spread - timedelta(days=late * random.random())


def _data(random: Random, type: str) -> dict[str, Any]:
    if type == "workout":
        kind = random.choice(("run", "ride", "swim", "yoga"))
        return {"minutes": random.randint(10, 90), "kind": kind}
    if type == "weigh_in":
        return {"weight": random.randint(7000, 9000) / 100}
    if type == "nutrition_log":
        return {"on_target": random.random() < 0.7}
    return {"steps": random.randint(0, 20_000)} if type == "daily_activity" else {}


def as_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
