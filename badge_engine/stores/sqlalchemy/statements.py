"""Everything that is asked of a database, once, in SQLAlchemy's language.

Made for one vendor when a store is made; from then on a statement is a text and its arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Table,
    Text,
    Time,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
    update,
)

from badge_engine.rows import Row
from badge_engine.stores.sqlalchemy.schema import (
    OF_ONE_USER,
    audit,
    awards,
    checkpoints,
    events,
    large_states,
    users,
)
from badge_engine.stores.sqlalchemy.vendors import Vendor

_ONE: ColumnElement[int] = literal_column("1")
_EARNED: ColumnElement[str] = literal_column("'earned'")
_ORDER = (events.c.instant, events.c.event_id)


class Stacked:
    """Several selects answered as one, so that they cost one round trip and see one moment.

    Their rows are padded to the same shape, each column in a place for its type.
    """

    def __init__(self, *parts: Select[Any]) -> None:
        shapes = [[type(column.type) for column in part.selected_columns] for part in parts]
        width: Counter[type] = Counter()
        for shape in shapes:
            width |= Counter(shape)
        slots = [(kind, nth) for kind, count in width.items() for nth in range(count)]
        self._pick = [itemgetter(*self._places(shape, slots)) for shape in shapes]
        self.select: CompoundSelect[Any] = union_all(
            *(self._padded(number, part, slots) for number, part in enumerate(parts))
        )

    @staticmethod
    def _places(shape: Sequence[type], slots: Sequence[tuple[type, int]]) -> list[int]:
        """Where the columns of a part lie in a row, behind its number."""
        seen: Counter[type] = Counter()
        places = []
        for kind in shape:
            places.append(1 + slots.index((kind, seen[kind])))
            seen[kind] += 1
        return places

    def _padded(
        self, number: int, part: Select[Any], slots: Sequence[tuple[type, int]]
    ) -> Select[Any]:
        columns = list(part.selected_columns)
        shape = [type(column.type) for column in columns]
        by_place = dict(zip(self._places(shape, slots), columns, strict=True))
        padded: list[ColumnElement[Any]] = [literal_column(str(number)).label("part")]
        for place, (kind, _) in enumerate(slots, start=1):
            filled = by_place.get(place, cast(null(), kind))
            padded.append(filled.label(f"slot_{place}"))
        return part.with_only_columns(*padded, maintain_column_froms=True)

    def parts(self, rows: Iterable[Row]) -> tuple[list[Row], ...]:
        """The rows of each part, without the padding."""
        found: tuple[list[Row], ...] = tuple([] for _ in self._pick)
        for row in rows:
            found[row[0]].append(self._pick[row[0]](row))
        return found


class Statements:
    """The statements for one vendor."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self._ask_about_users()
        self._ask_about_one()
        self._write()

    def _ask_about_users(self) -> None:
        made = self.vendor.statement
        after = select(users.c.key).where(users.c.key > bindparam("after"))
        self.users = made("users", after.order_by(users.c.key).limit(_whole("limit")))
        this = users.c.key == bindparam("key")
        locked = select(self.vendor.locking(users.c.number)).where(this)
        self.lock = made("lock", locked.with_for_update(key_share=True))
        self.known = self._known(this)
        self.look = made("look", self.known.select)
        with_lock = self._known(this & self.vendor.is_locked(users.c.number))
        self.read = made("read", with_lock.select)

    def _known(self, whom: ColumnElement[bool]) -> Stacked:
        """The standing of a user, its large states, and some events."""
        named = select(users.c.number, users.c.rules, users.c.states).where(whom).cte("named")
        number = select(named.c.number).scalar_subquery()
        large = select(large_states.c.number, large_states.c.states)
        own = _EVENT.where(events.c.user_number == number)
        return Stacked(
            select(*named.c),
            large.where(large_states.c.user_number == number),
            self.vendor.each(own, "event_id", "ids"),
        )

    def _ask_about_one(self) -> None:
        made = self.vendor.statement
        of_user = _EVENT.where(_own(events), events.c.instant.is_not(None))
        self.events = made("events", of_user.order_by(*_ORDER))
        newest = of_user.order_by(*(column.desc() for column in _ORDER)).limit(_ONE)
        with_zone = newest.where(events.c.zone.is_not(None))
        self.newest = made("newest", newest)
        self.newest_with_zone = made("newest_with_zone", with_zone)
        gone = select(events.c.event_id).where(_own(events), events.c.instant.is_(None))
        self.withdrawn = made("withdrawn", gone.order_by(events.c.event_id))
        order = (awards.c[name] for name in ("earned_at", "badge", "tier", "occurrence"))
        self.awards = made("awards", _AWARD.where(_own(awards)).order_by(*order))
        history = _AUDIT.where(_own(audit)).order_by(audit.c.number)
        self.audit = made("audit", history)
        self.after = self._after_checkpoint()
        self.tail = made("tail", self.after.select)

    @staticmethod
    def _after_checkpoint() -> Stacked:
        """The newest checkpoint before a position, and what came after it."""
        before = tuple_(_whole("instant"), bindparam("event_id", type_=Text))
        position = (checkpoints.c.instant, checkpoints.c.event_id)
        found = (
            select(checkpoints.c.number, *position, checkpoints.c.states)
            .where(_own(checkpoints), tuple_(*position) < before)
            .order_by(checkpoints.c.number.desc())
            .limit(_ONE)
            .cte("found")
        )
        start = tuple_(
            func.coalesce(select(found.c.instant).scalar_subquery(), literal_column("-1")),
            func.coalesce(select(found.c.event_id).scalar_subquery(), literal_column("''")),
        )
        own = _AWARD.where(_own(awards))
        return Stacked(
            select(found.c.number, found.c.instant, found.c.event_id, found.c.states),
            _EVENT.where(_own(events), tuple_(*_ORDER) > start),
            own.where(
                awards.c.status == _EARNED, tuple_(awards.c.earned_at, awards.c.event_id) > start
            ),
            own.where(awards.c.status != _EARNED),
        )

    def _write(self) -> None:
        vendor, made = self.vendor, self.vendor.statement
        new = vendor.insert(users).values(key=bindparam("key"))
        self.create = made("create", new.on_conflict_do_nothing())
        this = users.c.number == _whole("user_number")
        standing = update(users).where(this)
        changed: dict[str, Any] = {name: bindparam(name) for name in ("rules", "states")}
        self.put_standing = made("put_standing", standing.values(changed))
        self.put_events = vendor.put("put_events", events, ("user_number", "event_id"))
        self.put_large = vendor.put("put_large", large_states, ("user_number", "number"))
        self.put_checkpoints = vendor.put("put_checkpoints", checkpoints, ("user_number", "number"))
        self.put_awards = vendor.put(
            "put_awards", awards, ("user_number", "badge", "tier", "occurrence")
        )
        self.add_audit = vendor.put("add_audit", audit, ())
        numbered = checkpoints.c.number
        own = delete(checkpoints).where(_own(checkpoints))
        self.forget_after = made("forget_after", own.where(numbered > _whole("number")))
        self.forget = made("forget", own.where(vendor.among(numbered, "numbers")))
        large = delete(large_states).where(_own(large_states))
        unwanted = vendor.among(large_states.c.number, "numbers")
        self.remove_large = made("remove_large", large.where(unwanted))
        self.erase = [
            *(made(f"erase_{table}", delete(table).where(_own(table))) for table in OF_ONE_USER),
            made("erase_user", delete(users).where(this)),
        ]


def _whole(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


def _own(table: Table) -> ColumnElement[bool]:
    own: ColumnElement[bool] = table.c.user_number == _whole("user_number")
    return own


def _read(table: Table, *, without: Sequence[str]) -> Select[Any]:
    """The columns of a table, dates and times as text."""
    return select(
        *(
            cast(column, Text).label(column.name)
            if isinstance(column.type, Date | Time)
            else column
            for column in table.c
            if column.name not in without
        )
    )


_EVENT = _read(events, without=("user_number",))
_AWARD = _read(awards, without=("number", "user_number"))
_AUDIT = _read(audit, without=("number", "user_number"))
