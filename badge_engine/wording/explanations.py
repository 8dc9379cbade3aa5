"""Why a badge is earned or not, as a tree of lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from badge_engine.language.rules import (
    AllOf,
    AnyCriterion,
    AnyOf,
    BadgeReference,
    OverEvents,
    Streak,
)
from badge_engine.outcomes import HIDDEN, Award, Explanation, LeftOut, Requirement
from badge_engine.semantics.compiler import RuleSet
from badge_engine.wording.evidence import basis
from badge_engine.wording.progress import goal_period, standing
from badge_engine.wording.requirements import asked, failed, speaks_of_field
from badge_engine.wording.rules import (
    Tiers,
    composite_head,
    own_goal,
    phrase,
    tier_clauses,
)
from badge_engine.wording.words import Words, language_of, local_text, types_of

MOST_AWARDS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation; `holds` is None where a line only tells something."""

    depth: int
    holds: bool | None
    text: str


def explanation_lines(
    explanation: Explanation, rules: RuleSet, language: str = "en"
) -> tuple[Line, ...]:
    """The tree of an explanation: each criterion, how it stands, what blocks it, its evidence."""
    words = Words(language_of(language), rules.vocabulary, titles(rules, language))
    return tuple(_Telling(words, rules).badge(explanation, 0))


def titles(rules: RuleSet, language: str = "en") -> dict[str, str]:
    """The names of all badges by id."""
    return {
        badge: local_text(compiled.badge.name, language, compiled.language)
        for badge, compiled in rules.badges.items()
    }


@dataclass(frozen=True, slots=True)
class _Telling:
    words: Words
    rules: RuleSet

    def badge(
        self, explanation: Explanation, depth: int, tier: str | None = None
    ) -> Iterator[Line]:
        if explanation.criterion == HIDDEN:
            yield Line(depth, explanation.holds, self.words.language.say(HIDDEN))
            return
        badge = self.rules.compiled(explanation.badge).badge
        said = self.words.language.say(
            "titled" if tier is None else "titled_tier",
            title=self.words.titles[badge.id],
            tier=tier,
            phrase=self._headline(badge.rule, badge.tiers),
        )
        yield Line(depth, explanation.holds, said)
        yield from self._node(explanation, badge.rule, badge.tiers, depth + 1)

    def _headline(self, criterion: AnyCriterion, tiers: Tiers = ()) -> str:
        """The rule; of a composite without its parts, which follow."""
        if not isinstance(criterion, AllOf | AnyOf):
            return phrase(self.words, criterion, tiers)
        goal = tiers[0].goal if tiers else own_goal(criterion)
        head = composite_head(self.words, criterion, goal)
        return "; ".join([head, *tier_clauses(self.words, criterion, tiers)])

    def _node(
        self, explanation: Explanation, criterion: AnyCriterion, tiers: Tiers, depth: int
    ) -> Iterator[Line]:
        told = "; ".join(standing(self.words, criterion, explanation.progress, tiers))
        yield Line(depth, None, told)
        if explanation.blocking_day is not None and isinstance(criterion, Streak):
            yield Line(
                depth, holds=False, text=self._blocked(criterion, tiers, explanation.blocking_day)
            )
        if isinstance(criterion, AllOf | AnyOf):
            yield from self._parts(explanation, criterion, depth)
        else:
            yield from self._requirements(explanation, criterion, depth)
        yield from self._evidence(explanation, criterion, tiers, depth)

    def _parts(
        self, explanation: Explanation, criterion: AllOf | AnyOf, depth: int
    ) -> Iterator[Line]:
        for part, written in zip(explanation.parts, criterion.of, strict=True):
            if isinstance(written, BadgeReference):
                yield from self.badge(part, depth, written.tier)
            else:
                yield Line(depth, part.holds, self._headline(written))
                yield from self._node(part, written, (), depth + 1)

    def _blocked(self, criterion: Streak, tiers: Tiers, day: date) -> str:
        unit = goal_period(criterion, tiers)
        shown = self.words.language.day(day)
        if unit == "day" and (criterion.at_least is not None or criterion.each_of):
            return self.words.language.say("blocked.not_enough", day=shown)
        return self.words.language.say(f"blocked.{unit}", day=shown)

    def _requirements(
        self, explanation: Explanation, criterion: OverEvents, depth: int
    ) -> Iterator[Line]:
        types, language = types_of(criterion), self.words.language
        considered, matched = explanation.considered, explanation.matched
        if not considered:
            yield Line(
                depth,
                holds=False,
                text=language.say("none_so_far", events=self.words.events(types)),
            )
            return
        events = self.words.times(types, considered)
        if not explanation.requirements:
            yield Line(depth, None, language.say("all_count", events=events))
            return
        holds = None if matched else False
        yield Line(depth, holds, language.say("some_count", matched, events=events))
        for requirement in explanation.requirements:
            yield Line(depth + 1, None, self._passed(requirement, criterion))
        if explanation.progress.state != "earned":
            for event in explanation.left_out:
                yield Line(depth + 1, None, self._left_out(event, criterion))

    def _passed(self, requirement: Requirement, criterion: OverEvents) -> str:
        key = "passed_field" if speaks_of_field(requirement.setting) else "passed_when"
        return self.words.language.say(
            key,
            requirement.passed,
            considered=requirement.considered,
            phrase=asked(self.words, criterion, requirement.setting),
        )

    def _left_out(self, event: LeftOut, criterion: OverEvents) -> str:
        language = self.words.language
        terms = [failed(self.words, criterion, setting) for setting in event.settings]
        return language.say(
            "left_out",
            event=event.event,
            day=language.day(event.day),
            failed=language.listed(terms),
        )

    def _evidence(
        self, explanation: Explanation, criterion: AnyCriterion, tiers: Tiers, depth: int
    ) -> Iterator[Line]:
        language = self.words.language
        more = len(explanation.awards) - MOST_AWARDS
        if more > 0:
            yield Line(depth, None, language.say("more_awards", more))
        for award in explanation.awards[-MOST_AWARDS:]:
            yield Line(depth, holds=True, text=self._award(award, criterion, tiers))
        if not explanation.awards and explanation.evidence is not None:
            said = language.say(
                "reached",
                event=explanation.evidence.event,
                basis=basis(self.words, explanation.evidence, criterion, tiers),
            )
            yield Line(depth, holds=True, text=said)

    def _award(self, award: Award, criterion: AnyCriterion, tiers: Tiers) -> str:
        key = "award" if award.tier is None else "award_tier"
        return self.words.language.say(
            "award_nth" if award.occurrence > 1 else key,
            award.occurrence,
            tier=award.tier,
            event=award.evidence.event,
            day=self.words.language.day(award.earned_on),
            basis=basis(self.words, award.evidence, criterion, tiers),
        )
