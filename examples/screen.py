"""What the demo prints, in 80 to 100 columns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from badge_engine import Award, LoadedPacks, Progress, RuleSet
from badge_engine.authoring.eventfiles import Refusal
from badge_engine.language.diagnostics import visible
from badge_engine.language.rules import Badge, Streak
from badge_engine.wording import explanation_lines, local_text, progress_sentence, rule_sentence
from examples.calendar_strip import draw, is_day_streak, marks
from examples.folder import SHOWN_REFUSALS, Folder, vocabulary_in
from examples.people import People, Person

LANGUAGE = "en"
NARROW, WIDE = 80, 100
BAR = 12
MOST_NEAREST = 5
MOST_DIFFERENCES = 14
MOST_UNREAD = 3
MOST_EXPLAINED = 24

_SIGNS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}


class Screen:
    """One demo's output; what people wrote is printed as it is, never as markup."""

    def __init__(self, console: Console | None = None) -> None:
        self.source = Path()
        self.console = console or Console(highlight=False)
        self.console.width = min(max(self.console.width, NARROW), WIDE)

    def waiting(self, what: str) -> AbstractContextManager[object]:
        """Show that something is going on, on a terminal."""
        return self.console.status(what)

    def heading(self, source: Path, people: People, seconds: float) -> None:
        """What was read, and how long it took; places of refused lines are given from there."""
        self.source = source
        self._title("Badges")
        self._say(
            f"{_counted(people.users, 'person', 'people')}, {people.events:,} events, "
            f"{len(people.rules.badges)} badges, {people.awards:,} awards in {seconds:.1f} s"
        )
        self._say(f"from {_shown(source)}", "dim")

    def nobody(self, user: str | None) -> None:
        """There is nothing to show."""
        whose = "events" if user is None else f"events of {user}"
        self._say(f"There are no {whose} here up to that moment.", "bold red")

    def notes(self, folder: Folder, left_out: Sequence[str]) -> None:
        """What was refused, assumed or not understood."""
        self._refusals(folder)
        if folder.intake.unzoned["UTC"]:
            times = _counted(folder.intake.unzoned["UTC"], "time")
            self._note(
                f"{times} without a zone read as UTC; --zone Europe/Lisbon reads as Lisbon's"
            )
        differences = list(folder.differences())
        if differences:
            self._note("Your events and the vocabulary differ (advice at the end):")
            self._differences(differences)
        if left_out:
            shown = ", ".join(left_out[:4]) + (", …" if len(left_out) > 4 else "")
            self._note(
                f"{_counted(len(left_out), 'shipped badge')} left out, for which your vocabulary "
                f"has no words: {shown}"
            )

    def _refusals(self, folder: Folder) -> None:
        if folder.refused:
            self._note(f"{_counted(folder.refused, 'line')} refused; the first:")
            for refusal in folder.first_refusals[:SHOWN_REFUSALS]:
                place = f"{self._below(refusal)}:{refusal.place.line}:"
                self._hanging(_text(place, "cyan"), _text(refusal.reason, "dim"))
        unread = list(folder.unread.values())
        if unread:
            self._note(f"{_counted(len(unread), 'file')} without a single event, passed over:")
            for refusal in unread[:MOST_UNREAD]:
                self._hanging(
                    _text(f"{self._below(refusal)}:", "cyan"), _text(refusal.reason, "dim")
                )
            if len(unread) > MOST_UNREAD:
                self._say(f"  … and {len(unread) - MOST_UNREAD} more", "dim")

    def _below(self, refusal: Refusal) -> Path:
        file = Path(refusal.place.file)
        inside = file != self.source and file.is_relative_to(self.source)
        return file.relative_to(self.source) if inside else file

    def _differences(self, differences: Sequence[tuple[str, str]]) -> None:
        for event_type, how in differences[:MOST_DIFFERENCES]:
            self._hanging(_text(f"{event_type}:", "cyan"), _text(how, "dim"))
        if len(differences) > MOST_DIFFERENCES:
            self._say(f"  … and {len(differences) - MOST_DIFFERENCES} more", "dim")

    def overview(self, people: People) -> None:
        """Who earned what, and what is nearest for each."""
        self._title("Who earned what")
        recent = 2 if len(people.shown) > 3 else 6
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("person", "badges", "awards", "latest, latest new"):
            table.add_column(name, justify="right" if name in {"badges", "awards"} else "left")
        for person in people.shown:
            newest = person.recent()[:recent]
            lines = Text("\n").join(_award(people.rules, award) for award in newest)
            counts = (_text(str(person.badges)), _text(str(len(person.awards))))
            table.add_row(_text(person.user, "bold"), *counts, lines)
        self._print(table)
        if people.users > len(people.shown):
            self._say(f"… and {people.users - len(people.shown):,} more", "dim")
        if len(people.shown) > 1:
            self._title("Nearest next")
            first = [(person, state) for person in people.shown for state in person.nearest[:1]]
            table = _grid(padding=(0, 2, 0, 0))
            for person, state in first:
                table.add_row(_text(person.user, "bold"), *_standing(person.rules, state))
            self._print(table)

    def close_up(self, person: Person, packs: LoadedPacks) -> None:
        """One person: what comes next, a streak day by day, and one reason why."""
        nearest = person.nearest[:MOST_NEAREST]
        if nearest:
            self._title(f"What comes next for {visible(person.user)}")
            self._nearest(person, nearest)
        self._streak(person, packs)
        self._explanation(person)

    def _nearest(self, person: Person, states: Sequence[Progress]) -> None:
        table = _grid(padding=(0, 2, 0, 0))
        for state in states:
            sentence = progress_sentence(
                state, person.rules.badges[state.badge], person.rules, LANGUAGE
            )
            table.add_row(*_standing(person.rules, state), _text(sentence, "dim"))
        self._print(table)

    def _streak(self, person: Person, packs: LoadedPacks) -> None:
        chosen = _streak_to_draw(person)
        if chosen is None:
            return
        badge, state = chosen
        compiled = person.rules.badges[badge.id]
        self._title(f"{_name(person.rules, badge.id)}, day by day")
        self._say(rule_sentence(badge, person.rules.vocabulary, LANGUAGE))
        self.console.print()
        for line in draw(marks(packs, badge, person.events, person.today), person.today):
            self.console.print(line)
        self.console.print()
        earned = [award for award in person.awards if award.badge == badge.id]
        for award in earned[-1:]:
            evidence = award.evidence
            self._say(
                f"earned on {award.earned_on}: {evidence.count} days from "
                f"{evidence.first_day} to {evidence.last_day}"
            )
        sentence = progress_sentence(state, compiled, person.rules, LANGUAGE)
        self._say(f"now: {sentence[:1].lower()}{sentence[1:]}")

    def _explanation(self, person: Person) -> None:
        state = person.worth_explaining()
        if state is None:
            return
        name = _name(person.rules, state.badge) + (f" {state.tier}" if state.tier else "")
        self._title(f"Why {visible(person.user)} does not have {name} yet")
        lines = explanation_lines(person.explanation(state.badge), person.rules, LANGUAGE)
        for line in lines[:MOST_EXPLAINED]:
            sign = _SIGNS[line.holds]
            words = _text(line.text, "dim" if line.holds is None else "")
            self._hanging(Text(*sign), words, indent=2 * line.depth)
        if len(lines) > MOST_EXPLAINED:
            self._say(f"… and {len(lines) - MOST_EXPLAINED} more lines", "dim")

    def hints(self, file: Path, person: Person) -> None:
        """Where to go on from the sample club."""
        self._title("Go on")
        shared = f"{_shown(file)} --as-of {person.today} --user {visible(person.user)}"
        award = person.recent()[0]
        for command in (
            f".venv/bin/badge-engine progress {shared}",
            f".venv/bin/badge-engine explain {shared} --badge {award.badge}",
            "make demo DATA=folder-of-your-own-events",
        ):
            self.console.print(f"  {command}", style="cyan", soft_wrap=True, markup=False)

    def advice(self, folder: Folder, path: Path) -> None:
        """What to do about fields that the vocabulary has no words for."""
        if not list(folder.differences()):
            return
        self._title("To have all of it judged")
        beside = vocabulary_in(path)
        self._say(
            "Rename fields to those of the vocabulary, or write one of your own "
            + (f"in {_shown(beside)}" if beside else f"as {_shown(path / 'vocabulary.yaml')}")
            + " (or name it with --vocabulary). It replaces the shipped one: shipped badges that "
            "it has no words for are left out, and rules of your own, named with --rules, may "
            "speak of all your fields. Begin with this, and give numbers their units:"
        )
        starter = folder.starter_vocabulary()
        if starter is not None:
            self.console.print()
            self.console.print(_text(starter.rstrip(), "cyan"), soft_wrap=True)

    def _title(self, title: str) -> None:
        self.console.print()
        self.console.print(Rule(Text(title, "bold"), align="left", style="dim"))

    def _hanging(self, start: Text, words: Text, indent: int = 2) -> None:
        """Words that stay to the right of their start when they need several lines."""
        table = _grid(padding=(0, 1, 0, 0))
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        table.add_row(start, words)
        self.console.print(Padding(table, (0, 0, 0, 2 + indent)))

    def _note(self, note: str) -> None:
        self._say(f"! {note}", "yellow")

    def _say(self, words: str, style: str = "") -> None:
        self._print(_text(words, style))

    def _print(self, content: Text | Table) -> None:
        self.console.print(Padding(content, (0, 0, 0, 2)))


def _streak_to_draw(person: Person) -> tuple[Badge, Progress] | None:
    """The day streak with the most to see: earned, with grace or pauses, with a long run."""
    drawable = [
        (badge, state)
        for state in person.states
        for badge in [person.rules.badges[state.badge].badge]
        if is_day_streak(badge) and not badge.hidden and state.best
    ]

    held = {award.badge for award in person.awards}

    def interest(pair: tuple[Badge, Progress]) -> tuple[bool, bool, int, int]:
        badge, state = pair
        rule = badge.rule
        assert isinstance(rule, Streak)
        ended = rule.until is not None
        turns = bool(rule.grace) + bool(rule.paused_by) + bool(rule.days)
        return (not ended, badge.id in held, turns, state.best or 0)

    return max(drawable, key=interest, default=None)


def _award(rules: RuleSet, award: Award) -> Text:
    line = Text(f"{award.earned_on}  ", "dim")
    line.append(_name(rules, award.badge), "not dim")
    if award.tier:
        line.append(f" {award.tier}", "not dim yellow")
    if award.occurrence > 1:
        line.append(f" \N{MULTIPLICATION SIGN}{award.occurrence}", "not dim cyan")
    return line


def _standing(rules: RuleSet, state: Progress) -> tuple[Text, Text]:
    name = Text(_name(rules, state.badge), no_wrap=True)
    name.append(f" {state.tier}" if state.tier else "", "yellow")
    return name, _bar(state)


def _bar(state: Progress) -> Text:
    full = int(Fraction(state.ratio) * BAR)
    bar = Text("█" * full, "green").append("░" * (BAR - full), "dim")
    return bar.append(f" {int(state.ratio * 100):>2} %", "")


def _name(rules: RuleSet, badge: str) -> str:
    compiled = rules.badges[badge]
    return visible(local_text(compiled.badge.name, LANGUAGE, compiled.language))


def _grid(*, padding: tuple[int, int, int, int]) -> Table:
    return Table.grid(padding=padding)


def _text(words: str, style: str = "") -> Text:
    return Text(visible(words) if "\n" not in words else words, style)


def _shown(path: Path) -> str:
    """A path, from here if it lies below."""
    here = Path.cwd()
    return visible(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
