"""Doors to what trainers tell their groups."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from django_adapter.api.base import Door, Problem, Slice, asked, envelope
from django_adapter.api.fields import Flag, Id, Instant, Text
from django_adapter.api.schema import PAGES, page_of
from django_adapter.members import group_of
from django_adapter.models import Announcement
from django_adapter.services import announcements


class AnnouncementSerializer(serializers.Serializer[Announcement]):
    """The shape A."""

    id = Id()
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=2000)
    is_pinned = serializers.BooleanField()
    created_at = Instant()
    updated_at = Instant()


class AnnouncementDraftSerializer(serializers.Serializer[Any]):
    """What a trainer writes; everything else in a body is ignored."""

    title = Text(max_length=200)
    body = Text(max_length=2000)
    is_pinned = Flag(required=False)


class UnreadCountSerializer(serializers.Serializer[Any]):
    """How many announcements are unread."""

    unread_count = serializers.IntegerField(min_value=0)


class ReadUpToSerializer(serializers.Serializer[Any]):
    """The announcement up to which a trainee has read."""

    up_to = Id(required=False, allow_null=True)


class LastReadSerializer(serializers.Serializer[Any]):
    """When announcements were last marked as read."""

    last_read_at = Instant()


def _told(announcement: Announcement | None, status: int = 200) -> Response:
    if announcement is None:
        raise NotFound
    return Response(AnnouncementSerializer(announcement).data, status=status)


def _page(request: Request, cut: Slice, found: tuple[list[Announcement], int]) -> Response:
    rows, count = found
    cut.require(count)
    shape = AnnouncementSerializer()
    return Response(envelope(request, cut, count, [shape.to_representation(row) for row in rows]))


class GroupAnnouncements(Door):
    """What the user's trainer tells."""

    tag = "announcements"

    @extend_schema(
        operation_id="announcements_list",
        parameters=PAGES,
        responses=page_of(AnnouncementSerializer),
    )
    def get(self, request: Request) -> Response:
        """What the user's trainer tells: some pinned ones, then the newest first."""
        cut = asked(request)
        return _page(request, cut, announcements.shown(request.user, cut.start, cut.size))


class UnreadAnnouncements(Door):
    """How much of it is new."""

    tag = "announcements"

    @extend_schema(operation_id="announcements_unread_count", responses=UnreadCountSerializer)
    def get(self, request: Request) -> Response:
        """How many announcements are new, or were rewritten since they were read."""
        return Response({"unread_count": announcements.unread(request.user)})


class ReadAnnouncements(Door):
    """That it was read."""

    tag = "announcements"

    @extend_schema(
        operation_id="announcements_mark_read",
        request=ReadUpToSerializer,
        responses={200: LastReadSerializer, 404: None},
    )
    def post(self, request: Request) -> Response:
        """Mark as read: up to one, else up to the newest one just served, else all."""
        asked_for = ReadUpToSerializer(data=request.data)
        asked_for.is_valid(raise_exception=True)
        group = group_of(request.user)
        if group is None:
            raise Problem(_("You have no trainer."))
        at = announcements.mark_read(request.user, group, asked_for.validated_data.get("up_to"))
        if at is None:
            raise NotFound
        return Response(LastReadSerializer({"last_read_at": at}).data)


class OwnAnnouncements(Door):
    """What the user, a trainer, tells the group."""

    roles = ("trainer",)
    tag = "announcements"

    @extend_schema(
        operation_id="trainer_announcements_list",
        parameters=PAGES,
        responses=page_of(AnnouncementSerializer),
    )
    def get(self, request: Request) -> Response:
        """The trainer's announcements, in the order in which trainees see them."""
        cut = asked(request)
        return _page(request, cut, announcements.own(request.user, cut.start, cut.size))

    @extend_schema(
        operation_id="trainer_announcements_create",
        request=AnnouncementDraftSerializer,
        responses={201: AnnouncementSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tell the group something."""
        draft = AnnouncementDraftSerializer(data=request.data)
        draft.is_valid(raise_exception=True)
        return _told(announcements.write(request.user, **draft.validated_data), status=201)


class OwnAnnouncement(Door):
    """One of them."""

    roles = ("trainer",)
    tag = "announcements"

    @extend_schema(operation_id="trainer_announcements_retrieve", responses=AnnouncementSerializer)
    def get(self, request: Request, id: int) -> Response:
        """One of the trainer's announcements."""
        return _told(announcements.one(request.user, id))

    @extend_schema(
        operation_id="trainer_announcements_update",
        request=AnnouncementDraftSerializer,
        responses={200: AnnouncementSerializer},
    )
    def put(self, request: Request, id: int) -> Response:
        """Rewrite an announcement; without `is_pinned` it stays pinned or not."""
        return self._rewritten(request, id, partial=False)

    @extend_schema(
        operation_id="trainer_announcements_partial_update",
        request=AnnouncementDraftSerializer,
        responses={200: AnnouncementSerializer},
    )
    def patch(self, request: Request, id: int) -> Response:
        """Change parts of an announcement."""
        return self._rewritten(request, id, partial=True)

    @extend_schema(operation_id="trainer_announcements_destroy", responses={204: None})
    def delete(self, request: Request, id: int) -> Response:
        """Take an announcement back."""
        if not announcements.remove(request.user, id):
            raise NotFound
        return Response(status=204)

    def _rewritten(self, request: Request, id: int, *, partial: bool) -> Response:
        draft = AnnouncementDraftSerializer(data=request.data, partial=partial)
        draft.is_valid(raise_exception=True)
        return _told(announcements.rewrite(request.user, id, draft.validated_data))


community = [
    path("announcements/", GroupAnnouncements.as_view()),
    path("announcements/unread-count/", UnreadAnnouncements.as_view()),
    path("announcements/mark-read/", ReadAnnouncements.as_view()),
]
trainer = [
    path("announcements/", OwnAnnouncements.as_view()),
    path("announcements/<badge_engine_id:id>/", OwnAnnouncement.as_view()),
]
