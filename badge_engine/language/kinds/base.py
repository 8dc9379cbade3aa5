"""How each kind of value is written, read and described to editors.

A setting of a model names its kind; `read` takes what was written or says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from badge_engine.language.diagnostics import quoted
from badge_engine.language.text.report import Mistake, Refused, Report
from badge_engine.language.text.source import Place
from badge_engine.language.text.tree import Entry, ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from badge_engine.language.reading.scope import Scope

Schema = dict[str, Any]


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """A way of reading a value."""

    def read(self, node: Node, scope: Scope) -> T_co:
        """The value, or Refused."""


@runtime_checkable
class Kind(Reader[T_co], Protocol[T_co]):
    """A way of writing a value that editors can be told about."""

    def schema(self) -> Schema:
        """A JSON Schema for the value as YAML editors see it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting of a model is: how its value is written, and what it does."""

    kind: Reader[object]
    help: str


def described(setting: Setting) -> Schema:
    """What editors show and check for a setting."""
    assert isinstance(setting.kind, Kind)  # noqa: S101 - editors only see settings of models
    schema = setting.kind.schema()
    if "$ref" in schema:
        schema = {"allOf": [schema]}
    return {"description": setting.help} | schema


@cache
def settings_of(model: type[BaseModel]) -> dict[str, Setting]:
    """The settings of a model by the names under which they are written."""
    if not model.__pydantic_fields_complete__:
        model.model_rebuild()
    found = {}
    for name, info in model.model_fields.items():
        for metadata in info.metadata:
            if isinstance(metadata, Setting):
                found[info.alias or name] = metadata
    return found


@cache
def required_settings(model: type[BaseModel]) -> tuple[str, ...]:
    """The settings that a model cannot do without."""
    return tuple(
        info.alias or name for name, info in model.model_fields.items() if info.is_required()
    )


def refuse(code: str, place: Place, message: str, help: str | None = None) -> Refused:  # noqa: A002 - the glossary's word
    """A refusal to be raised."""
    return Refused(Mistake(code, place, message, help))


def scalar(node: Node, wanted: str) -> ScalarNode:
    """The node as a text, refused where it is a list or a mapping; `wanted` names what is due."""
    if isinstance(node, ScalarNode):
        if node.unread:
            raise Refused
        return node
    shape = "a list" if isinstance(node, ListNode) else "a mapping"
    raise refuse(
        "wrong-shape", node.place, f"{shape} stands where {wanted} is due", f"write {wanted}"
    )


def one_of(words: Sequence[str]) -> str:
    """The words as a choice: `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True, slots=True)
class Several(Generic[T]):
    """A list of one kind, or a single one of it."""

    kind: Kind[T]
    wanted: str = "a list"

    @property
    def example(self) -> str:
        return getattr(self.kind, "example", "…")

    def read(self, node: Node, scope: Scope) -> tuple[T, ...]:
        if isinstance(node, ScalarNode) and not node.unread:
            return (self.kind.read(node, scope),)
        items = read_items(node, self.wanted, self.kind, scope)
        seen: dict[T, Node] = {}
        for item, value in items:
            if value in seen:
                message = f"{quoted(str(value))} is listed twice"
                scope.report.add(Mistake("listed-twice", item.place, message, "remove one of them"))
            seen.setdefault(value, item)
        return tuple(seen)

    def schema(self) -> Schema:
        single = self.kind.schema()
        return {"anyOf": [single, {"type": "array", "minItems": 1, "items": single}]}


def read_items(node: Node, wanted: str, kind: Reader[T], scope: Scope) -> list[tuple[Node, T]]:
    """The items of a list with their values; every item that is refused is reported."""
    if not isinstance(node, ListNode):
        scalar(node, wanted)
        raise refuse("wrong-shape", node.place, f"this is not {wanted}", f"write {wanted}")
    if not node.items:
        raise refuse("no-value", node.place, "the list is empty", f"write {wanted}")
    values, refused = [], False
    for item in node.items:
        try:
            values.append((item, kind.read(item, scope)))
        except Refused as refusal:
            scope.report.refuse(refusal)
            refused = True
    if refused:
        raise Refused
    return values


def entries_of(node: MapNode, report: Report) -> dict[str, Entry]:
    """The entries of a mapping by key; keys that are no texts or stand twice are reported."""
    found: dict[str, Entry] = {}
    for entry in node.entries:
        key = entry.key
        if not isinstance(key, ScalarNode) or key.unread:
            message = "a list or mapping stands where the name of a setting is due"
            report.add(Mistake("wrong-shape", key.place, message, "write a name, then a colon"))
        elif key.text in found:
            first = report.note("it stands here already", found[key.text].key.place)
            message = f"{quoted(key.text)} stands here twice"
            report.add(Mistake("duplicate-key", key.place, message, "keep one of the two", first))
        else:
            found[key.text] = entry
    return found


NESTED: dict[str, Reader[object]] = {}
"""The readers of nested values by name; the modules that read them enter themselves."""

INNER: dict[str, Callable[[str, Scope], bool]] = {}
"""Whether a key can only belong inside a nested value, by its name, where that can be told."""


@dataclass(frozen=True, slots=True)
class Nested:
    """A value with settings of its own; `name` is its definition in the schema."""

    name: str

    @property
    def inner(self) -> Callable[[str, Scope], bool] | None:
        """Tells whether a key can only belong inside; None where nothing can be said."""
        return INNER.get(self.name)

    def read(self, node: Node, scope: Scope) -> object:
        return NESTED[self.name].read(node, scope)

    def schema(self) -> Schema:
        return {"$ref": f"#/definitions/{self.name}"}
