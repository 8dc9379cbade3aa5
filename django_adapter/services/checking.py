"""What is wrong with the text of a trainer's pack, beside the packs that are in force with it.

Decides how large it may be, and how many of its tests are run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from badge_engine import Diagnostic, LoadedPacks, RulePackError
from badge_engine.authoring import ScenarioResult, run_tests
from django_adapter import rules
from django_adapter.members import key_of
from django_adapter.settings import User, settings

UNNAMED = "<text>"
TEST_STEPS = 20_000
"""How many days and events the tests of a pack may bring to criteria; those behind are not run."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong or odd with a text, and what came of its tests.

    Without mistakes all tests are run but the last `not_run`, which were too many.
    """

    diagnostics: tuple[Diagnostic, ...]
    tests: tuple[ScenarioResult, ...] = ()
    not_run: int = 0

    @property
    def errors(self) -> list[Diagnostic]:
        """The mistakes, without warnings."""
        return [one for one in self.diagnostics if one.severity == "error"]


def check(trainer: User, text: str, name: str = UNNAMED) -> Checked:
    """Judge a text as it would be in the place of the pack of a name, and run its tests."""
    found, loaded = judge(key_of(trainer), name, text)
    if loaded is None:
        return found
    tests, not_run = _tests(loaded, name)
    return replace(found, tests=tuple(tests), not_run=not_run)


def judge(owner: str, name: str, text: str) -> tuple[Checked, LoadedPacks | None]:
    """What is wrong with a text beside the trainer's packs in force, and what is loaded then.

    Mistakes in other packs count where the text makes them: a badge that they refer to is gone.
    Those that are broken already are left out.
    """
    limit = settings().packs.bytes
    if len(text.encode(errors="surrogatepass")) > limit:
        message = gettext("the pack is larger than %(limit)s bytes") % {"limit": limit}
        return Checked((mistake("too-large", name, message, gettext("split it")),)), None
    published = rules.published_texts(owner)
    try:
        before = rules.load_good(owner, published)
        texts = beside(published, before, name) | {name: text}  # an id used twice is the last one's
        loaded = rules.load_own(owner, texts, before)
    except ValueError as error:
        return Checked((mistake("bad-owner", name, str(error), None),)), None
    except RulePackError:
        told = rules.check_own(owner, texts, before)
        wrong = [one for one in told if one.path == name or one.severity == "error"]
        return Checked(tuple(wrong)), None
    odd = [one for one in loaded.warnings if one.path == name]
    too_many = _too_many(loaded, name)
    return Checked((*odd, *too_many)), None if too_many else loaded


def beside(published: Mapping[str, str], good: LoadedPacks | None, name: str) -> dict[str, str]:
    """The texts of the packs in force that can be loaded, without that of one name."""
    names = set() if good is None else {pack.path for pack in good.packs}
    return {other: text for other, text in published.items() if other in names - {name}}


def _too_many(loaded: LoadedPacks, name: str) -> list[Diagnostic]:
    most, badges = settings().packs.badges, sum(len(pack.badges) for pack in loaded.packs)
    if badges <= most:
        return []
    message = gettext("your packs hold %(badges)s badges altogether; %(most)s are allowed")
    told = message % {"badges": badges, "most": most}
    return [mistake("too-many-badges", name, told, gettext("remove some"))]


def mistake(code: str, name: str, message: str, mending: str | None) -> Diagnostic:
    """A mistake of a pack as a whole."""
    return Diagnostic(code, message, name, line=1, column=1, end_column=1, help=mending)


def _tests(loaded: LoadedPacks, name: str) -> tuple[list[ScenarioResult], int]:
    """What came of the tests of one of the packs, and how many were too much work."""
    (pack,) = (one for one in loaded.packs if one.path == name)
    criteria = _Criteria({badge.id: badge.rule for badge in loaded.badges})
    left, not_run, badges = TEST_STEPS, 0, []
    for badge in pack.badges:
        own = []
        for test in badge.tests:
            days = [day for strip in test.strips.values() for day in strip.days]
            steps = len(days) + sum(day.times for day in days) + len(test.items)
            left -= steps * criteria.of(badge.rule)
            if left >= 0:
                own.append(test)
            else:
                not_run += 1
        badges.append(badge.model_copy(update={"tests": tuple(own)}))
    rest = replace(loaded, packs=tuple(one for one in loaded.packs if one is not pack))
    alone = replace(loaded, packs=(replace(pack, badges=tuple(badges)),), beside=rest)
    return run_tests(alone, rules.shared_rules(), settings().day_starts), not_run


class _Criteria:
    """How many criteria a rule stands on, those of badges that it refers to included."""

    def __init__(self, by_badge: Mapping[str, Any]) -> None:
        self._rules = by_badge
        self._counted: dict[str, int] = {}

    def of(self, part: Any) -> int:  # noqa: ANN401 - a criterion or a reference
        parts = getattr(part, "of", None)
        if parts is not None:
            return sum(map(self.of, parts))
        badge = getattr(part, "badge", None)
        if badge is None:
            return 1
        if badge not in self._counted:
            self._counted[badge] = self.of(self._rules[badge])
        return self._counted[badge]
