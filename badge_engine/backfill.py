"""Everybody, one after another: apply edited rules to all users, compare all with `evaluate`.

Both run beside live traffic: each user is a transaction of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from badge_engine.engine.engine import Difference, Engine
from badge_engine.errors import StoreError

PAGE = 1000

Seen = Callable[[str], object]


@dataclass(slots=True)
class Backfilled:
    """What a backfill did.

    `changes` counts changes of awards by kind; `last` is the key of the last user that was looked
    at, to go on `after` it another time, or what was given as `after` where there was none;
    `failed` names users whose store call failed.
    """

    users: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    last: str | None = None
    failed: dict[str, StoreError] = field(default_factory=dict)


class BackfillStopped(StoreError):
    """The store did not say who comes next; `done` is the report up to there.

    What was done stays. The store's own error is the cause.
    """

    def __init__(self, done: Backfilled, error: StoreError) -> None:
        self.done = done
        further = "start again" if done.last is None else f"go on after {done.last!r}"
        super().__init__(f"the backfill stopped: {error}; {further}")


def everybody(engine: Engine, after: str | None = None) -> Iterator[str]:
    """The keys of all users, in order, read page by page."""
    while page := engine.store.users(after, PAGE):
        yield from page
        after = page[-1]


def backfill(
    engine: Engine,
    users: Iterable[str] | None = None,
    *,
    after: str | None = None,
    celebrate: bool = False,
    revoke: bool = False,
    on_user: Seen | None = None,
) -> Backfilled:
    """Apply the present rules to users, or to all of them; silently unless `celebrate`.

    Users who already stand by the present rules are passed over, so a backfill that was interrupted
    goes on when it is started again; `after` spares the look at those before a key. `revoke` takes
    away the awards that edited rules do not give. `on_user` is called after each user. Raises
    BackfillStopped where the store does not say who comes next.
    """
    done = Backfilled(last=after)
    following = iter(everybody(engine, after) if users is None else users)
    while (user := _next(following, done)) is not None:
        try:
            changes = engine.renew(user, celebrate=celebrate, revoke=revoke)
        except StoreError as error:
            done.failed[user] = error
        else:
            done.changes.update(change.kind for change in changes)
        done.users += 1
        done.last = user
        if on_user is not None:
            on_user(user)
    return done


def _next(users: Iterator[str], done: Backfilled) -> str | None:
    try:
        return next(users, None)
    except StoreError as error:
        raise BackfillStopped(done, error) from error


def reconcile(
    engine: Engine,
    users: Iterable[str] | None = None,
    *,
    after: str | None = None,
    repair: bool = False,
    on_user: Seen | None = None,
) -> Iterator[tuple[str, Difference]]:
    """Every difference between stored awards and `evaluate`, and if asked the repair of it."""
    for user in everybody(engine, after) if users is None else users:
        for difference in engine.reconcile(user, repair=repair):
            yield user, difference
        if on_user is not None:
            on_user(user)
