"""Rule packs that are edited while events arrive, as trainers edit them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random
from typing import Any

from badge_engine.errors import RulePackError
from badge_engine.language.loader import load_text
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules
from badge_engine.semantics.evaluate import evaluate
from badge_engine.testing.histories import make_history
from badge_engine.testing.packs import VOCABULARY, WEEK_STARTS, Badge, make_pack

KNOWN = Vocabulary.model_validate({"events": VOCABULARY})


@lru_cache(maxsize=256)
def _compiled(pack: str, week_starts: str) -> RuleSet:
    packs = load_text(pack, vocabulary=KNOWN, week_starts=week_starts)
    return compile_rules(packs, week_starts=week_starts)


def compiled(badges: Sequence[Badge], week_starts: str = "monday") -> RuleSet:
    """The rules of badges as written; RulePackError where an edit made nonsense of them."""
    return _compiled(json.dumps({"language": "en", "badges": list(badges)}), week_starts)


@dataclass(frozen=True)
class Book:
    """Badges as written, and those that lay in the pack before, by id."""

    badges: Sequence[Badge]
    week_starts: str = "monday"
    shelf: dict[str, Badge] = field(default_factory=dict)

    @classmethod
    def drawn(cls, random: Random) -> Book:
        badges = [_with_manners(badge, random) for badge in _earning(random)]
        return cls(badges, random.choice(WEEK_STARTS))

    @property
    def rules(self) -> RuleSet:
        return compiled(self.badges, self.week_starts)

    def edited(self, kind: str, random: Random) -> Book:
        """The book after an edit; the same where nothing that can be read came of it."""
        for changed in _attempts(EDITS[kind if self.badges else "added"], self, random):
            try:
                compiled(changed.badges, changed.week_starts)
            except RulePackError:
                continue
            left = {badge["id"]: badge for badge in self.badges}
            return replace(changed, shelf={**self.shelf, **left})
        return self


Edit = Callable[[Book, Random], Book]


def _attempts(edit: Edit, book: Book, random: Random) -> Iterator[Book]:
    for _ in range(5):
        yield edit(book, random)


def _earning(random: Random) -> list[Badge]:
    """A pack that gives a user something now and then; many drawn packs ask for too much."""
    for _ in range(8):
        badges = make_pack(random)
        if evaluate(compiled(badges), make_history(random, badges)):
            break
    return badges


def _with_manners(badge: Badge, random: Random) -> Badge:
    """Settings of a badge that change no award."""
    manners: Badge = {}
    if random.random() < 0.4:
        manners["on_correction"] = random.choice(("keep", "revoke", "revoke"))
    if random.random() < 0.3:
        manners["hidden"] = True
    return badge | manners


def _another_rule(book: Book, random: Random) -> Book:
    """One badge means something else."""
    others = {badge["id"]: badge for badge in _earning(random)}
    chosen = random.choice([badge["id"] for badge in book.badges])
    other = others.get(chosen) or random.choice(list(others.values()))
    new = _with_manners({**other, "id": chosen}, random)
    return replace(book, badges=[new if one["id"] == chosen else one for one in book.badges])


def _another_goal(book: Book, random: Random) -> Book:
    """One badge is a little harder or easier to earn: the edit that is made most."""
    badges = deepcopy(list(book.badges))
    places = [place for badge in badges for place in _goals(badge)]
    if places:
        within, name = random.choice(places)
        within[name] = _nudged(within[name], random)
    return replace(book, badges=badges)


GOALS = ("at_least", "length", "after", "readings")


def _goals(written: Any) -> Iterator[tuple[Badge, str]]:
    if isinstance(written, dict):
        for name, value in written.items():
            if name in GOALS or name in ("bronze", "silver", "gold", "diamond"):
                yield written, name
            yield from _goals(value)
    if isinstance(written, list):
        for one in written:
            yield from _goals(one)


def _nudged(goal: Any, random: Random) -> Any:
    step = random.choice((-1, 1, 1))
    if isinstance(goal, str):
        return re.sub(r"\d+", lambda digits: str(int(digits[0]) + step), goal, count=1)
    return goal + step


def _repeat_or_not(book: Book, random: Random) -> Book:
    badges = deepcopy(list(book.badges))
    rule = random.choice(badges)["rule"]
    if rule.pop("repeat", None) is None:
        rule["repeat"] = True
    return replace(book, badges=badges)


def _another_tier(book: Book, random: Random) -> Book:
    """A tier is renamed or left out."""
    badges = deepcopy(list(book.badges))
    tiers = [badge["tiers"] for badge in badges if "tiers" in badge]
    if tiers:
        chosen = random.choice(tiers)
        if random.random() < 0.5 and len(chosen) > 1:
            chosen.pop(random.randrange(len(chosen)))
        else:
            place = random.randrange(len(chosen))
            (goal,) = chosen[place].values()
            chosen[place] = {f"tier-{random.randrange(3)}": goal}
    return replace(book, badges=badges)


def _removed(book: Book, random: Random) -> Book:
    gone = random.choice(book.badges)["id"]
    return replace(book, badges=[badge for badge in book.badges if badge["id"] != gone])


def _put_back(book: Book, random: Random) -> Book:
    """A badge that was removed comes back, or an edit is undone."""
    if not book.shelf:
        return book
    old = book.shelf[random.choice(sorted(book.shelf))]
    badges = [badge for badge in book.badges if badge["id"] != old["id"]]
    badges.insert(random.randint(0, len(badges)), old)
    return replace(book, badges=badges)


def _added(book: Book, random: Random) -> Book:
    new = {**random.choice(_earning(random)), "id": f"new-{random.randrange(3)}"}
    badges = [badge for badge in book.badges if badge["id"] != new["id"]]
    return replace(book, badges=[*badges, _with_manners(new, random)])


def _reordered(book: Book, random: Random) -> Book:
    return replace(book, badges=random.sample(list(book.badges), len(book.badges)))


def _reworded(book: Book, random: Random) -> Book:
    """Nothing that changes an award: name, hidden, share, on_correction."""
    words: Badge = {"name": f"Name {random.randrange(9)}", "share": random.random() < 0.5}
    chosen = random.choice(list(book.badges))
    bare = {name: value for name, value in chosen.items() if name not in MANNERS}
    new = _with_manners(bare | words, random)
    return replace(book, badges=[new if badge is chosen else badge for badge in book.badges])


MANNERS = ("name", "share", "hidden", "on_correction")


def _another_week(book: Book, random: Random) -> Book:
    return replace(book, week_starts=random.choice(WEEK_STARTS))


EDITS: dict[str, Edit] = {
    "another rule": _another_rule,
    "another goal": _another_goal,
    "repeat or not": _repeat_or_not,
    "another tier": _another_tier,
    "removed": _removed,
    "put back": _put_back,
    "added": _added,
    "reordered": _reordered,
    "reworded": _reworded,
    "another week": _another_week,
}
