"""Writes a pack as YAML that loads to the same pack; comments and layout are not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

import yaml
from pydantic import BaseModel

from badge_engine.language.namespaces import as_written
from badge_engine.language.packs import RulePack
from badge_engine.language.rules import Badge, Change, FieldTest, Goal, Streak, Tier
from badge_engine.language.scenarios import (
    DEFAULT_START,
    Earned,
    EarnedOn,
    EarnedTiers,
    Expectation,
    Item,
    ProgressIs,
    Scenario,
)
from badge_engine.language.text.spelling import CURLY_QUOTES
from badge_engine.language.units import Grace, Quantity, Span

Plain = dict[str, Any] | list[Any] | str | bool | int | Decimal


def dump(pack: RulePack) -> str:
    """YAML that loads to the same pack, for the same owner where it has one."""
    badges = [_badge(as_written(badge)) for badge in pack.badges]
    content = {"language": pack.language, "badges": badges}
    return yaml.dump(
        content,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=10**6,
    )


class _Dumper(yaml.SafeDumper):
    """Writes numbers digit by digit and texts so that the loader sees texts."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _write_decimal(dumper: _Dumper, number: Decimal) -> yaml.Node:
    written = f"{number:f}"
    return dumper.represent_scalar(
        f"tag:yaml.org,2002:{'float' if '.' in written else 'int'}", written
    )


def _write_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = '"' if CURLY_QUOTES.match(text.strip()) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(Decimal, _write_decimal)
_Dumper.add_representer(str, _write_text)


def _badge(badge: Badge) -> dict[str, Plain]:
    written = _settings(badge, without=("rule", "tiers", "tests"))
    written["rule"] = _rule(badge.rule, badge.tiers)
    if badge.tiers:
        signed = isinstance(badge.rule, Change)
        written["tiers"] = [{tier.name: _goal(tier.goal, signed=signed)} for tier in badge.tiers]
    if badge.tests:
        written["tests"] = [_test(test) for test in badge.tests]
    return written


def _rule(rule: BaseModel, tiers: Sequence[Tier] = ()) -> dict[str, Plain]:
    written = _settings(rule)
    if isinstance(rule, Change) and rule.by is not None:
        written["by"] = _goal(rule.by, signed=True)
    if isinstance(rule, Streak) and rule.grace is not None and rule.grace.per is not None:
        length = rule.length or tiers[0].goal
        assert isinstance(length, Span)  # noqa: S101 - the loader gives streaks no other goals
        per = Span(rule.grace.per, length.unit)
        written["grace"] = f"{rule.grace.missed} per {per}"
    return written


def _goal(goal: Goal, *, signed: bool) -> Plain:
    if signed and isinstance(goal, Quantity):
        return str(goal) if goal.number < 0 else f"+{goal}"
    return _value(goal)


def _settings(model: BaseModel, without: Sequence[str] = ("type",)) -> dict[str, Plain]:
    """The settings of a model that differ from what holds without them."""
    kind = getattr(model, "type", None)
    written: dict[str, Plain] = {} if kind is None else {"type": kind}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in without and value != info.get_default(call_default_factory=True):
            written[info.alias or name] = _value(value)
    return written


def _value(value: Any) -> Plain:  # noqa: ANN401, PLR0911 - one line for each kind of value
    if isinstance(value, FieldTest):
        equal = value.any_of
        return _settings(value) if equal is None else _value(equal)
    if isinstance(value, BaseModel):
        return _rule(value)
    if isinstance(value, Mapping):
        return {name: _value(item) for name, item in value.items()}
    if isinstance(value, tuple):
        items = [_value(item) for item in value]
        return items[0] if len(items) == 1 and not isinstance(items[0], dict) else items
    if isinstance(value, Quantity) and value.unit is None:
        return value.number
    if isinstance(value, Grace):
        return _grace(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (bool, int, Decimal)):
        return value
    return str(value)


def _grace(grace: Grace) -> Plain:
    return f"{grace.missed} in a row" if grace.in_a_row else grace.missed


def _test(test: Scenario) -> dict[str, Plain]:
    written: dict[str, Plain] = {"name": test.name}
    if test.starts != DEFAULT_START:
        written["starts"] = str(test.starts)
    if test.zone is not None:
        written["zone"] = test.zone
    written |= {event: strip.text for event, strip in test.strips.items()}
    if test.with_:
        written["with"] = _value(test.with_)
    if test.items:
        written["events"] = [
            _item(item, number, test.zone) for number, item in enumerate(test.items, 1)
        ]
    if test.as_of is not None:
        written["as_of"] = str(test.as_of)
    return written | {"expect": _expectation(test.expect)}


def _item(item: Item, number: int, zone: str | None) -> dict[str, Plain]:
    written: dict[str, Plain] = {}
    if item.operation != "record":
        written[item.operation] = item.id
    elif item.id != f"event-{number}":
        written["id"] = item.id
    for name, value in (("at", item.at), ("day", item.day), ("event", item.event)):
        if value is not None:
            written[name] = str(value)
    if item.zone != zone:
        written["zone"] = str(item.zone)
    return written | {name: _value(value) for name, value in item.data.items()}


def _expectation(expect: Expectation) -> Plain:
    if isinstance(expect, ProgressIs):
        return {"progress": f"{expect.value:f} of {expect.target:f}"}
    if isinstance(expect, EarnedOn):
        return {"earned": [str(day) for day in expect.days]}
    if isinstance(expect, EarnedTiers):
        return {tier: _outcome(day) for tier, day in expect.tiers.items()}
    if isinstance(expect, Earned):
        return "earned" if expect.on is None else f"earned on {expect.on}"
    return "not earned"


def _outcome(day: date | Literal[True] | None) -> str:
    if day is None:
        return "not earned"
    return "earned" if day is True else str(day)
