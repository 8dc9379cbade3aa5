"""Rows that can be looked at and not be changed; posts can be taken down."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from badge_engine.rows import moment_of
from django_adapter.members import key_of
from django_adapter.models import (
    Announcement,
    AuditRow,
    AwardRow,
    Badge,
    EventRow,
    Person,
    Post,
    SourceRow,
)
from django_adapter.services import feed

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class LookAt(ModelAdmin):
    """Rows that can be looked at and not be changed."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Badge)
class BadgeAdmin(LookAt):
    list_display = ("id", "slug", "tier", "criterion", "goal", "category", "hidden")
    list_filter = ("hidden", "criterion")
    search_fields = ("slug",)


@admin.register(Person)
class PersonAdmin(LookAt):
    fields = ("key", "rules", "unshared", "judged_in")
    list_display = ("key", "judged_in", "unshared")
    search_fields = ("=key",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        """Without what folds remember, which says nothing to anybody."""
        return super().get_queryset(request).defer("states")


class OfPersonAdmin(LookAt):
    """Rows about a person, whose key is shown and searched for, and not what folds remember."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("person").defer("person__states")


@admin.register(EventRow)
class EventAdmin(OfPersonAdmin):
    list_display = ("event_id", "person", "type", "day", "clock", "zone")
    list_filter = ("type",)
    search_fields = ("=person__key", "=event_id")


@admin.register(AwardRow)
class AwardAdmin(OfPersonAdmin):
    list_display = (
        "id",
        "person",
        "badge",
        "tier",
        "occurrence",
        "status",
        "earned_on",
        "recorded_at",
        "celebrate",
        "seen_at",
    )
    list_filter = ("status", "celebrate")
    search_fields = ("=person__key", "badge")
    fields = (
        *("person", "badge", "tier", "occurrence", "status", "earned", "earned_on"),
        *("event_id", "first_day", "last_day", "count", "rule_version"),
        *("recorded_at", "celebrate", "seen_at", "audit"),
    )
    readonly_fields = ("earned", "audit")

    @admin.display(description=_("earned at"))
    def earned(self, award: AwardRow) -> datetime:
        """The instant at which the criterion first held."""
        return moment_of(award.earned_at)

    @admin.display(description=_("what happened to it"))
    def audit(self, award: AwardRow) -> str:
        """The audit of an award, the oldest first."""
        same = AuditRow.objects.filter(
            person=award.person_id,
            badge=award.badge,
            tier=award.tier,
            occurrence=award.occurrence,
        )
        told = same.order_by("pk").values_list("at", "kind", "cause", "event_id", "rule_version")
        lines = format_html_join(
            "", "<li>{}: {} ({} {}) {}</li>", (map(_shown, row) for row in told)
        )
        return format_html("<ul>{}</ul>", lines) if lines else "-"


@admin.register(SourceRow)
class SourceRowAdmin(LookAt):
    list_display = ("source", "row", "wanted_user", "taken_user", "due")
    list_filter = ("due", "source")
    search_fields = ("=row", "=wanted_user", "=taken_user")


@admin.register(Announcement)
class AnnouncementAdmin(LookAt):
    list_display = ("id", "trainer", "title", "is_pinned", "created_at", "updated_at")
    list_filter = ("is_pinned",)
    search_fields = ("title", "body")
    list_select_related = ("trainer",)


@admin.register(Post)
class PostAdmin(LookAt):
    list_display = ("id", "author", "group", "type", "state", "created_at", "deleted_by")
    list_filter = ("state", "type")
    search_fields = ("content", "=group")
    list_select_related = ("author",)
    actions = ("take_down",)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("badge_engine.delete_post")

    @admin.action(description=_("Take down"), permissions=["moderate"])
    def take_down(self, request: HttpRequest, posts: QuerySet[Post]) -> None:
        """Empty posts for good; who did it stays on record."""
        shown = posts.exclude(state=Post.State.DELETED)
        count = 0
        for post in shown:
            feed.take_down(post, by=key_of(request.user))
            count += 1
        told = gettext("Posts taken down: %(count)s")
        self.message_user(request, told % {"count": count}, messages.SUCCESS)


def _shown(value: object) -> object:
    return "" if value is None else value
