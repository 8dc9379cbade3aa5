"""Compare the library with the oracle on a great many small histories.

`python -m tests.campaign --cases 1000000 --seed 1 --jobs 2` stops at the first few disagreements,
makes each as small as it can, prints it, and then exits with status 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from random import Random
from typing import Any

import yaml

from badge_engine.errors import RulePackError
from badge_engine.events import Event
from badge_engine.instants import microseconds, moment_of
from badge_engine.language.loader import load_text
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.evaluate import evaluate, progress
from badge_engine.testing.histories import ZONES, make_history, make_today
from badge_engine.testing.packs import VOCABULARY, WEEK_STARTS, Badge, make_pack
from tests import oracle

HISTORIES_A_PACK = 25
PACKS_A_TASK = 8
HOUR = 3_600_000_000


@dataclass(frozen=True)
class Case:
    """One comparison: a pack, a history, and the day on which progress is asked for."""

    badges: Sequence[Badge]
    history: Sequence[Event]
    today: date
    week_starts: str = "monday"
    as_of: datetime | None = None
    zone: str | None = None


def make_cases(seed: int, number: int, histories: int = HISTORIES_A_PACK) -> Iterator[Case]:
    """The cases of one numbered pack."""
    random = Random(f"{seed}/{number}")
    badges, week_starts = make_pack(random), random.choice(WEEK_STARTS)
    for history in range(histories):
        random = Random(f"{seed}/{number}/{history}")
        events = make_history(random, badges)
        as_of, zone = None, None
        if events and random.random() < 0.3:
            shift = random.choice((-1, 0, 0, 1, HOUR, 9 * HOUR, 100 * HOUR, 400 * HOUR))
            instant = random.choice(events).instant + shift
            as_of = moment_of(instant)
            zone = random.choice((None, *ZONES))
        yield Case(badges, events, make_today(random, events), week_starts, as_of, zone)


@lru_cache(maxsize=64)
def load(pack: str, week_starts: str) -> RuleSet:
    vocabulary = Vocabulary.model_validate({"events": VOCABULARY})
    packs = load_text(pack, vocabulary=vocabulary, week_starts=week_starts)
    return compile_rules(packs, week_starts=week_starts)


def rules_of(case: Case) -> RuleSet:
    return load(json.dumps({"language": "en", "badges": case.badges}), case.week_starts)


def library_awards(case: Case) -> list[oracle.OracleAward]:
    return [
        oracle.OracleAward(
            badge=award.badge,
            tier=award.tier,
            occurrence=award.occurrence,
            earned_at=microseconds(award.earned_at),
            earned_on=award.earned_on,
            event=award.evidence.event,
            first_day=award.evidence.first_day,
            last_day=award.evidence.last_day,
            count=award.evidence.count,
        )
        for award in evaluate(rules_of(case), case.history, case.as_of)
    ]


def oracle_awards(case: Case) -> list[oracle.OracleAward]:
    return oracle.awards(
        case.badges, VOCABULARY, case.history, week_starts=case.week_starts, as_of=case.as_of
    )


def library_progress(case: Case) -> dict[str, oracle.OracleProgress]:
    if case.as_of is None:
        found = progress(rules_of(case), case.history, today=case.today)
    else:
        found = progress(rules_of(case), case.history, case.as_of, zone=case.zone)
    return {
        one.badge: oracle.OracleProgress(
            value=one.value,
            target=one.target,
            ratio=one.ratio,
            tier=one.tier,
            occurrence=one.occurrence,
            state=one.state,
            expires_on=one.expires_on,
            best=one.best,
        )
        for one in found
    }


def oracle_progress(case: Case) -> dict[str, oracle.OracleProgress]:
    today = case.today
    if case.as_of is not None:
        today = oracle.day_of(case.history, case.as_of, case.zone)
    happened = oracle.until(case.history, case.as_of)
    return oracle.progress(
        case.badges, VOCABULARY, happened, today=today, week_starts=case.week_starts
    )


def disagreement(case: Case) -> str | None:
    """How the answers differ, or None where they are the same in every field."""
    return differing("awards", library_awards(case), oracle_awards(case)) or differing(
        "progress", list(library_progress(case).items()), list(oracle_progress(case).items())
    )


def differing(name: str, said: Sequence[object], expected: Sequence[object]) -> str | None:
    """Lines for what only one side says; in a list no answer may be missing or twice."""
    if Counter(said) == Counter(expected):
        return None
    lines = [f"library: {one}" for one in said if one not in expected]
    lines += [f"oracle:  {one}" for one in expected if one not in said]
    return "\n".join([f"{name} differ", *lines])


# Making a disagreement small


def shrunk(case: Case) -> Case:
    """The smallest case found on which the two still disagree."""
    for smaller in smaller_cases(case):
        if still_disagrees(smaller):
            return shrunk(smaller)
    return case


def still_disagrees(case: Case) -> bool:
    try:
        return disagreement(case) is not None
    except (RulePackError, LookupError, TypeError):
        return False  # what is left is no pack any more


def smaller_cases(case: Case) -> Iterator[Case]:
    for place in range(len(case.history)):
        yield replace(case, history=without(case.history, place))
    if case.as_of is not None:
        yield replace(case, as_of=None)
    if case.zone is not None:
        yield replace(case, zone=None)
    if case.week_starts != "monday":
        yield replace(case, week_starts="monday")
    for badges in smaller_lists(list(case.badges)):
        yield replace(case, badges=badges)
    for place, event in enumerate(case.history):
        for name in event.data:
            data = {other: value for other, value in event.data.items() if other != name}
            leaner = replace(event, data=data)
            yield replace(case, history=[*case.history[:place], leaner, *case.history[place + 1 :]])


def without(items: Sequence[Any], place: int) -> list[Any]:
    return [*items[:place], *items[place + 1 :]]


def smaller_lists(items: list[Any]) -> Iterator[list[Any]]:
    """The same list with one item less, or with one item smaller."""
    for place, item in enumerate(items):
        if len(items) > 1:
            yield without(items, place)
        for smaller in smaller_maps(item) if isinstance(item, dict) else ():
            yield [*items[:place], smaller, *items[place + 1 :]]


def smaller_maps(whole: Badge) -> Iterator[Badge]:
    """The same map with one setting less, one setting smaller, or a part in its place."""
    yield from whole.get("of", ())
    for name, value in whole.items():
        rest = {other: known for other, known in whole.items() if other != name}
        if name not in {"id", "name", "type", "rule"}:
            yield rest
        if isinstance(value, dict):
            yield from ({**whole, name: smaller} for smaller in smaller_maps(value))
        if isinstance(value, list):
            yield from ({**whole, name: smaller} for smaller in smaller_lists(value))


def drawn(case: Case) -> str:
    """A case as text that a person can read and a test can be made of."""
    pack = yaml.safe_dump({"badges": list(case.badges)}, sort_keys=False, allow_unicode=True)
    events = sorted(case.history, key=lambda event: event.order)
    settings = f"week_starts={case.week_starts} today={case.today} as_of={case.as_of}"
    settings += f" zone={case.zone}"
    return "\n".join([pack, settings, *map(str, events)])


# Running


@dataclass
class Tally:
    """What some packs came to."""

    cases: int = 0
    earning: int = 0
    refused: list[str] = field(default_factory=list)
    found: list[Case] = field(default_factory=list)


def compare(seed: int, numbers: Sequence[int]) -> Tally:
    tally = Tally()
    for number in numbers:
        for case in make_cases(seed, number):
            try:
                differs = disagreement(case)
            except RulePackError as refusal:
                tally.refused.append(f"{refusal}\n{drawn(replace(case, history=[]))}")
                break
            tally.cases += 1
            tally.earning += bool(oracle_awards(case))
            if differs:
                tally.found.append(case)
                break
    return tally


def tallies(seed: int, cases: int, jobs: int) -> Iterator[Tally]:
    packs = -(-cases // HISTORIES_A_PACK)
    tasks = [
        range(first, min(first + PACKS_A_TASK, packs)) for first in range(0, packs, PACKS_A_TASK)
    ]
    if jobs == 1:
        yield from (compare(seed, task) for task in tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(compare, seed, task) for task in tasks]):
            yield done.result()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(seed: int, cases: int, jobs: int, most: int) -> int:
    whole = Tally()
    for number, part in enumerate(tallies(seed, cases, jobs), 1):
        whole.cases += part.cases
        whole.earning += part.earning
        whole.refused += part.refused
        whole.found += part.found
        if number % 25 == 0:
            say(f"{whole.cases} cases, {whole.earning} of them earned something")
        if len(whole.found) >= most:
            break
    for refusal in whole.refused[:most]:
        say(f"--- refused\n{refusal}")
    for case in whole.found[:most]:
        small = shrunk(case)
        say(f"--- disagreement\n{drawn(small)}\n{disagreement(small)}")
    say(f"{whole.cases} cases, {whole.earning} of them earned something")
    say(f"{len(whole.refused)} packs refused, {len(whole.found)} disagreements")
    return 1 if whole.refused or whole.found else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--most", type=int, default=5, help="disagreements to stop at")
    chosen = parser.parse_args(arguments)
    return run(chosen.seed, chosen.cases, chosen.jobs, chosen.most)


if __name__ == "__main__":
    sys.exit(main())
