"""`manage.py badges …`: what is looked after by hand or by a timer.

Exit status: 0 all is well, 1 something was found or is left over, 2 it could not run.
"""

from __future__ import annotations

import json
import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from badge_engine import Diagnostic, UnknownBadge, explanation_lines
from badge_engine.authoring import explanation_as_json
from badge_engine.backfill import Backfilled
from django_adapter.engine import engine
from django_adapter.members import key_of, user_of
from django_adapter.models import AwardRow, Person
from django_adapter.rules import rules_of
from django_adapter.services import evaluation, packs, people
from django_adapter.services import sync as syncing
from django_adapter.services.legacy import Imported, import_legacy
from django_adapter.settings import User, settings
from django_adapter.sources import sources

Options = dict[str, Any]
DRY = {
    "missing": "awards_that_would_be_new",
    "surplus": "awards_that_would_be_kept_or_revoked",
    "different": "awards_that_would_be_corrected",
    "rules": "users_who_stand_by_former_rules",
    "states": "users_whose_states_would_be_made_anew",
}
"""What a dry run says of differences that are there already; new rows come on top."""
Seen = Callable[[str], object]


class Command(BaseCommand):
    """Every subcommand is a method `do_…`, which tells whether something is left over."""

    help = "Look after badges."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")
        commands = parser.add_subparsers(dest="subcommand", required=True, parser_class=_Parser)
        self._add_commands(commands)
        for one in commands.choices.values():
            one.add_argument("--format", choices=["text", "json"], default=SUPPRESS)

    def _add_commands(self, commands: Any) -> None:  # noqa: ANN401 - argparse hides its type
        commands.add_parser("check", help="read all packs, also those of trainers")
        sync = commands.add_parser("sync", help="take in what no signal told, such as bulk writes")
        sync.add_argument("--user", help="only rows of one user: a key, or what they log in with")
        sync.add_argument(
            "--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="only rows changed since"
        )
        backfill = commands.add_parser("backfill", help="take in all rows and apply the rules")
        backfill.add_argument("--celebrate", action="store_true", help="with toasts and posts")
        backfill.add_argument("--revoke", action="store_true", help="what edited rules do not give")
        for one in (sync, backfill):
            one.add_argument("--dry-run", action="store_true", help="count and write nothing")
        commands.add_parser("catch-up", help="evaluate users whose rows are due")
        explain = commands.add_parser("explain", help="why a user has a badge, or not")
        explain.add_argument("user", help="a key, or what they log in with")
        explain.add_argument("badge", help="the id in its pack, OWNER:ID in a trainer's")
        legacy = commands.add_parser(
            "import_legacy", help="take over what a backend has kept itself"
        )
        legacy.add_argument("--dry-run", action="store_true", help="count and write nothing")
        for option, told in (
            ("table", "announcements=coach_announcement: where a table has another name"),
            ("column", "announcements.trainer=coach_ref: where a column has another name"),
            ("badge", "7=hot-streak, or 7=hot-streak/gold: which badge an achievement is"),
        ):
            legacy.add_argument(
                f"--{option}", action="append", default=[], type=_pair, metavar="X=Y", help=told
            )
        for name in ("erase", "export"):
            one = commands.add_parser(name, help=f"{name} everything about a user")
            one.add_argument("user", help="a key, or what they log in with")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - Django's shape
        work = getattr(self, "do_" + options["subcommand"].replace("-", "_"))
        try:
            left_over = work(options)
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        if left_over:
            sys.exit(1)

    # Rules

    def do_check(self, options: Options) -> bool:
        """Read all packs; whether one has mistakes."""
        found = packs.check_all()
        if options["format"] == "json":
            told = {name: [asdict(one) for one in mistakes] for name, mistakes in found.items()}
            self._json(told)
        else:
            for name, mistakes in found.items():
                self._mistakes(name, mistakes)
        return any(one.severity == "error" for mistakes in found.values() for one in mistakes)

    def _mistakes(self, name: str, mistakes: Iterable[Diagnostic]) -> None:
        told = "\n\n".join(str(one) for one in mistakes)
        self.stdout.write(told or f"{name}: no mistakes")

    # Facts and awards

    def do_sync(self, options: Options) -> bool:
        """Take in what no signal told; whether somebody is due still."""
        user = None if options["user"] is None else self._user(options["user"])
        with self._progress("rows") as seen:
            done = syncing.sync(user, options["since"], dry=options["dry_run"], on_row=seen)
        self._synced(done, options)
        return bool(done.unfinished)

    def _synced(self, done: syncing.Synced, options: Options, **more: object) -> None:
        told: dict[str, object] = {
            "rows": dict(done.rows),
            "different": dict(done.different),
            "vanished": dict(done.vanished),
            "users": len(done.users),
            "unfinished": sorted(done.unfinished),
            **more,
        }
        if options["format"] == "json":
            self._json(told)
            return
        for label, count in sorted(done.rows.items()):
            different, vanished = done.different[label], done.vanished[label]
            self.stdout.write(f"{label}: {count} rows, {different} different, {vanished} vanished")
        if not sources():
            self.stdout.write("no source is registered: write a module `badges` in one of the apps")
        elif not done.rows:
            self.stdout.write("no rows yet")
        would = "would be" if options["dry_run"] else "were"
        self.stdout.write(f"{len(done.users)} users {would} evaluated")
        for name, value in more.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {value}")
        if done.unfinished:
            self.stdout.write(
                f"{len(done.unfinished)} users are due still, see the log: "
                + ", ".join(sorted(done.unfinished)[:10])
            )

    def do_backfill(self, options: Options) -> bool:
        """Take in everything and apply the rules; whether somebody is left."""
        if options["dry_run"]:
            with self._progress("rows") as seen:
                done = syncing.sync(silent=True, dry=True, on_row=seen)
            with self._progress("users") as seen:
                found = syncing.would_change(on_user=seen)
            more = {DRY.get(kind, kind): count for kind, count in found.items()}
            if options["revoke"]:
                more["awards_that_may_be_revoked"] = AwardRow.objects.filter(status="kept").count()
            self._synced(done, options, **more)
            return False
        before = AwardRow.objects.filter(status="earned").count()
        with self._progress("rows and users") as seen:
            done, applied = syncing.backfill(
                celebrate=options["celebrate"], revoke=options["revoke"], on_row=seen, on_user=seen
            )
        after = AwardRow.objects.filter(status="earned").count()
        self._synced(done, options, awards_before=before, awards_after=after, **_told(applied))
        return bool(done.unfinished or applied.failed)

    def do_catch_up(self, options: Options) -> bool:
        """Evaluate users who are due; whether one is due still."""
        with self._progress("users") as seen:
            done = evaluation.catch_up(seen)
        left = sorted(key for key, finished in done.items() if not finished)
        if options["format"] == "json":
            self._json({"users": len(done), "unfinished": left})
        else:
            self.stdout.write(f"{len(done)} users were due, {len(left)} could not be evaluated")
            if left:
                self.stdout.write("see the log for: " + ", ".join(left[:10]))
        return bool(left)

    def do_import_legacy(self, options: Options) -> bool:
        """Take over what the host has kept itself; whether a row had to be left."""
        badges = {int(number): badge for number, badge in options["badge"]}
        with self._progress("rows") as seen:
            done = import_legacy(
                dict(options["table"]),
                dict(options["column"]),
                badges,
                dry=options["dry_run"],
                on_row=seen,
            )
        if options["format"] == "json":
            self._json(done.as_json())
        else:
            self._imported(done, dry=options["dry_run"])
        return any(table.left for table in done.tables.values())

    def _imported(self, done: Imported, *, dry: bool) -> None:
        would = "would be taken over" if dry else "taken over"
        for name, table in done.tables.items():
            self.stdout.write(f"{name}: {table.rows} rows, {table.taken} {would}")
            for reason, count in sorted(table.left.items()):
                some = ", ".join(map(str, table.named[reason]))
                self.stdout.write(f"  {count} left, such as {some}: {reason}")
        for number, name in done.unmatched.items():
            self.stdout.write(
                f"achievement {number} ({name}) is none of our badges: say which with "
                f"--badge {number}=SLUG"
            )
        for name in done.missing:
            self.stdout.write(f"{name}: no such table; where it has another name, use --table")

    # One user

    def do_explain(self, options: Options) -> bool:
        """Say why a user has a badge, or not."""
        user = self._user(options["user"])
        try:
            told = engine().explain(key_of(user), options["badge"], reveal=True)
        except UnknownBadge as unknown:
            raise CommandError(str(unknown), returncode=2) from unknown
        if options["format"] == "json":
            self._json(explanation_as_json(told))
        else:
            for line in explanation_lines(told, rules_of(user), settings().language):
                sign = {True: "[yes] ", False: "[no] ", None: ""}[line.holds]
                self.stdout.write("  " * line.depth + sign + line.text)
        return False

    def do_erase(self, options: Options) -> bool:
        """Remove everything about a user, who may be gone, but the host's own rows."""
        user = self._find(options["user"])
        key = options["user"] if user is None else key_of(user)
        if user is None and not Person.objects.filter(key=key).exists():
            message = f"there is no user {key!r}, and nothing is stored of one"
            raise CommandError(message, returncode=2)
        people.erase_key(key)
        self.stdout.write(f"everything about user {key!r} is erased")
        if user is not None:
            self.stdout.write(
                "rows of the host's own are still there, and the next sync takes them in again: "
                "delete them, or the user"
            )
        return False

    def do_export(self, options: Options) -> bool:
        """Print everything about a user as JSON."""
        self._json(people.export(self._user(options["user"])))
        return False

    # Saying it

    def _find(self, named: str) -> User | None:
        user = user_of(named)
        if user is None:
            users = get_user_model()
            login = {users.USERNAME_FIELD: named}
            user = users._base_manager.filter(**login).first()  # noqa: SLF001 - documented
        return user

    def _user(self, named: str) -> User:
        user = self._find(named)
        if user is None:
            raise CommandError(f"there is no user {named!r}; give a key or a login", returncode=2)
        return user

    def _json(self, told: object) -> None:
        self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))

    @contextmanager
    def _progress(self, things: str) -> Iterator[Seen]:
        """Progress on the terminal, where there is one."""
        if not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console  # noqa: PLC0415 - only where somebody looks
        from rich.progress import (  # noqa: PLC0415 - the same
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (TextColumn(things), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as shown:
            task = shown.add_task(things, total=None)
            yield lambda _: shown.advance(task)


def _told(applied: Backfilled) -> dict[str, object]:
    """What applying the rules came to, beyond the awards that rows gave."""
    changes = {f"{kind}_by_rules": count for kind, count in sorted(applied.changes.items())}
    return {**changes, **({"failed": sorted(applied.failed)} if applied.failed else {})}


def _pair(text: str) -> tuple[str, str]:
    """What `X=Y` says."""
    left, equals, right = text.partition("=")
    if not (left and equals and right):
        raise ArgumentTypeError(f"{text!r} is not of the form X=Y")
    return left, right


class _Parser(ArgumentParser):
    """What Django's own parser needs to know is not asked of subcommands."""
