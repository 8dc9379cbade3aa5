"""How rows of the host become events: one class for each host model, found by autodiscovery.

The present events of a row replace its former ones. The same class serves saves as they happen and
everything that reads whole tables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.utils.module_loading import autodiscover_modules

from badge_engine import Event, InvalidEvent
from django_adapter.models.ledger import KEY_LENGTH
from django_adapter.settings import User, settings


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that a row says happened.

    Either `at` (an aware instant) or `day` alone. `name` tells several events of one row apart, and
    is the type unless given. `zone` is that of the user's profile unless given. `data` as the
    vocabulary declares it.
    """

    type: str
    day: date | str | None = None
    at: datetime | str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    zone: str | None = None


class Source:
    """What the rows of one model say; subclasses are registered with `register`.

    `user` names the field that leads to the row's user.
    """

    model: ClassVar[type[Model]]
    user: ClassVar[str] = "user"

    @property
    def label(self) -> str:
        """The name under which rows are remembered; to change it is to take in everything anew."""
        return self.model._meta.label_lower  # noqa: SLF001 - documented by Django

    def events(self, row: Any) -> Iterable[Happened]:  # noqa: ANN401 - a row of the host's
        """What a row says at present; nothing for a row that is as good as empty."""
        raise NotImplementedError(f"{type(self).__name__} does not say which events a row yields")

    def rows(self) -> QuerySet[Any]:
        """All rows that count, as `sync` reads them; one that is not among them says nothing."""
        return self.model._default_manager.select_related(self.user)  # noqa: SLF001 - as above

    def has(self, row: Any) -> bool:  # noqa: ANN401 - a row of the host's
        """Whether a saved row is one of `rows`; asked of the database only where some are not."""
        rows = self.rows()
        if not rows.query.has_filters():
            return True
        return rows.using(row._state.db).filter(pk=row.pk).exists()  # noqa: SLF001 - documented

    def user_of(self, row: Any) -> User | None:  # noqa: ANN401 - a row of the host's
        """The user that a row is about; None where there is none."""
        return getattr(row, self.user)

    def user_key(self, row: Any) -> str:  # noqa: ANN401 - a row of the host's
        """The key of that user, without asking the database; empty where there is none."""
        own: Any = self.model._meta.get_field(self.user)  # noqa: SLF001 - documented by Django
        if own.is_relation and not own.target_field.primary_key:  # such as an e-mail
            user = self.user_of(row)
            return "" if user is None else str(user.pk)
        key = getattr(row, own.attname)
        return "" if key is None else str(key)

    def since(self, rows: QuerySet[Any], day: date) -> QuerySet[Any]:
        """Of rows, those that may have changed since a day: all, unless a subclass knows better."""
        del day
        return rows


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a row says: whose it is, the events, and a digest that is empty where there are none.

    The zone of a user's profile is not in the digest: moving house rewrites no past.
    """

    source: str
    row: str
    user: str
    events: tuple[Event, ...] = ()
    refusals: tuple[InvalidEvent, ...] = ()
    digest: str = ""

    @property
    def ids(self) -> list[str]:
        """The ids of the events."""
        return [event.id for event in self.events]


SourceType = TypeVar("SourceType", bound=type[Source])
_sources: dict[str, Source] = {}


def register(model: type[Model]) -> Callable[[SourceType], SourceType]:
    """Make a class the source of events of a model: `@register(DailyLog)`."""

    def registered(source_type: SourceType) -> SourceType:
        source = type(source_type.__name__, (source_type,), {"model": model})()
        source_type.model = model
        if source.label in _sources:
            raise ImproperlyConfigured(
                f"{model.__name__} has two sources with the label {source.label!r}; give one of "
                "them a `label` of its own"
            )
        _sources[source.label] = source
        return source_type

    return registered


def discover() -> None:
    """Import `badges` of every app, where sources are registered."""
    autodiscover_modules("badges")


def sources() -> list[Source]:
    """All sources, in the order of their registration."""
    return list(_sources.values())


def source(label: str) -> Source | None:
    """The source of a label, if there is one."""
    return _sources.get(label)


def sources_of(model: type[Model]) -> list[Source]:
    """The sources that rows of a model may belong to: its own, those of proxies and of parents."""
    tables = {_table(one) for one in model.__mro__ if issubclass(one, Model)}
    return [one for one in sources() if _table(one.model) in tables]


def _table(model: type[Model]) -> type[Model] | None:
    return getattr(model, "_meta", None) and model._meta.concrete_model  # noqa: SLF001 - documented


def read(from_source: Source, row: Any) -> Mapped:  # noqa: ANN401 - a row of the host's
    """What a row says at present; an event that intake refuses is left out and told."""
    row = _as_saved(from_source, row)
    user = from_source.user_key(row)
    told = list(from_source.events(row)) if user else []
    events: list[Event] = []
    said: list[tuple[object, ...]] = []
    refusals: list[InvalidEvent] = []
    for event_id, happened in _named(from_source, row, told):
        try:
            event = _event(event_id, user, happened, from_source, row)
        except InvalidEvent as refusal:
            refusals.append(refusal)
        else:
            events.append(event)
            when = event.instant if happened.at is not None else None
            day = None if happened.day is None else str(event.day)
            said.append((event_id, event.type, when, day, happened.zone, event.data_text))
    return Mapped(
        from_source.label, str(row.pk), user, tuple(events), tuple(refusals), _digest(user, said)
    )


def _as_saved(from_source: Source, row: Any) -> Any:  # noqa: ANN401 - a row of the host's
    """The row as the database gives it back: a host may have set a decimal as text, or an F()."""
    converted: dict[str, object] = {}
    for its_field in from_source.model._meta.concrete_fields:  # noqa: SLF001 - documented by Django
        if its_field.attname in row.__dict__:
            value = row.__dict__[its_field.attname]
            if hasattr(value, "resolve_expression"):
                return from_source.rows().using(row._state.db).get(pk=row.pk)  # noqa: SLF001 - documented by Django
            as_saved = its_field.to_python(value)
            if as_saved is not value:
                converted[its_field.attname] = as_saved
    if converted:
        row = copy(row)
        row.__dict__.update(converted)
    return row


def _digest(user: str, said: Sequence[tuple[object, ...]]) -> str:
    if not said:
        return ""
    text = json.dumps([user, said], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def gone(from_source: Source, row: str, user: str) -> Mapped:
    """What a row says that is there no longer."""
    return Mapped(from_source.label, row, user)


def _named(
    from_source: Source,
    row: Any,  # noqa: ANN401 - a row of the host's
    told: list[Happened],
) -> Iterator[tuple[str, Happened]]:
    seen: set[str] = set()
    for happened in told:
        name = happened.name or happened.type
        if name in seen:
            raise ImproperlyConfigured(
                f"{type(from_source).__name__} yields two events {name!r} of one row; give each "
                "its own `name`"
            )
        seen.add(name)
        yield _event_id(from_source.label, str(row.pk), name), happened


def _event_id(label: str, pk: str, name: str) -> str:
    """An id that no event of another row has, whatever is in its key; a digest if it is long."""
    told = f"{label}:{pk.replace('%', '%25').replace(':', '%3A')}:{name}"
    return told if len(told.encode()) <= KEY_LENGTH else hashlib.sha256(told.encode()).hexdigest()


def _event(
    event_id: str,
    user: str,
    happened: Happened,
    from_source: Source,
    row: Any,  # noqa: ANN401 - of the host
) -> Event:
    zone = happened.zone
    if zone is None:
        zone = settings().zone_of(from_source.user_of(row)) or settings().zone
    return Event.create(
        id=event_id,
        user=user,
        type=happened.type,
        at=happened.at,
        day=happened.day,
        zone=zone,
        data=happened.data,
        day_starts=settings().day_starts,
    )
