"""Doors to the feed of a group, and to what a user lets be posted there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from django_adapter.api.base import Door, Problem, asked, asked_number
from django_adapter.api.fields import Flag, Id, Instant, Text
from django_adapter.api.schema import PAGES, page_of
from django_adapter.members import group_of, key_of
from django_adapter.models import Post
from django_adapter.services import feed, sharing
from django_adapter.services.feed import Page
from django_adapter.settings import settings

PLACES = [
    *PAGES,
    OpenApiParameter(
        "before",
        {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1},
        description="Only posts older than the one with this id; wherever `page` may be.",
    ),
]


class AuthorSerializer(serializers.Serializer[Any]):
    """Who wrote a post."""

    id = serializers.IntegerField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    profile_image = serializers.CharField(allow_null=True)


class ReactionCountsSerializer(serializers.Serializer[Any]):
    """How many people react in which way."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One number for each kind that the settings list."""
        return {kind: serializers.IntegerField(min_value=0) for kind in settings().reactions}


class ReactionsSerializer(serializers.Serializer[Any]):
    """What people think of a post, and in which ways the user has reacted."""

    reactions = ReactionCountsSerializer()
    user_reactions = serializers.ListField(child=serializers.CharField())


class PostSerializer(ReactionsSerializer):
    """The shape P."""

    id = Id()
    author = AuthorSerializer()
    content = serializers.CharField(allow_blank=True)
    post_type = serializers.ChoiceField(choices=Post.Type.choices)
    metadata = serializers.DictField()
    created_at = Instant()


class PostDraftSerializer(serializers.Serializer[Any]):
    """What a trainee writes; everything else in a body is ignored."""

    content = Text(max_length=1000)


class ReactionSerializer(serializers.Serializer[Any]):
    """Which reaction is switched over."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One of the kinds that the settings list."""
        return {"reaction_type": serializers.ChoiceField(choices=list(settings().reactions))}


class SharingSerializer(serializers.Serializer[Any]):
    """Which automatic posts are written about a user."""

    workout_completed = Flag(required=False)
    achievement_earned = Flag(required=False)
    weight_milestone = Flag(required=False)


def _page(request: Request, group: str | None) -> Response:
    """The page that a request asks for.

    The address of the next one has a page number, for those who count pages, and the last id, with
    which nothing shifts even where posts are deleted meanwhile.
    """
    cut, than = asked(request), asked_number(request, "before")
    page: Page | None
    if than is not None:
        page = feed.older(request.user, group, than, cut.size)
    elif cut.page == 1:
        page = feed.newest(request.user, group, cut.size)
    else:
        page = feed.numbered(request.user, group, cut.start, cut.size)
    if page is None:
        raise NotFound("Invalid page.")
    address = remove_query_param(request.build_absolute_uri(), "before")
    following = previous = None
    if page.further:
        following = replace_query_param(address, "before", str(page.last_id))
        if than is None or "page" in request.query_params:
            following = replace_query_param(following, "page", str(cut.page + 1))
    if cut.page > 1:
        previous = remove_query_param(address, "page")
        if cut.page - 1 > 1:
            previous = replace_query_param(previous, "page", str(cut.page - 1))
    shape = PostSerializer()
    results = [shape.to_representation(post) for post in page.posts]
    return Response(
        {"count": page.count, "next": following, "previous": previous, "results": results}
    )


class Feed(Door):
    """The feed of the user's group."""

    tag = "feed"

    @extend_schema(operation_id="feed_list", parameters=PLACES, responses=page_of(PostSerializer))
    def get(self, request: Request) -> Response:
        """The posts of the user's group, the newest first."""
        return _page(request, group_of(request.user))

    @extend_schema(
        operation_id="feed_create", request=PostDraftSerializer, responses={201: PostSerializer}
    )
    def post(self, request: Request) -> Response:
        """Post a text to the user's group."""
        draft = PostDraftSerializer(data=request.data)
        draft.is_valid(raise_exception=True)
        group = group_of(request.user)
        if group is None:
            raise Problem(_("You have no trainer."))
        post = feed.write(request.user, group, draft.validated_data["content"])
        return Response(PostSerializer().to_representation(post), status=201)


class FeedPost(Door):
    """One post."""

    roles: ClassVar[Sequence[str]] = ("trainee", "trainer")
    tag = "feed"

    @extend_schema(operation_id="feed_destroy", responses={204: None})
    def delete(self, request: Request, id: int) -> Response:
        """Take down one's own post, or as a trainer any post of the group."""
        if not feed.remove(request.user, id):
            raise NotFound
        return Response(status=204)


def _reacted(found: Mapping[str, Any] | None) -> Response:
    if found is None:
        raise NotFound
    return Response(ReactionsSerializer().to_representation(found))


class Reacting(Door):
    """What the user thinks of a post, as a switch."""

    throttle = "react"
    tag = "feed"

    @extend_schema(
        operation_id="feed_react", request=ReactionSerializer, responses=ReactionsSerializer
    )
    def post(self, request: Request, id: int) -> Response:
        """Switch one reaction over; the answer is the state that is then committed."""
        wanted = ReactionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        kind = wanted.validated_data["reaction_type"]
        return _reacted(feed.react(request.user, group_of(request.user), id, kind))


class OneReaction(Door):
    """One reaction of the user to a post; what is done twice is done once."""

    throttle = "react"
    tag = "feed"

    @extend_schema(operation_id="feed_reaction_set", request=None, responses=ReactionsSerializer)
    def put(self, request: Request, id: int, kind: str) -> Response:
        """Switch one reaction on."""
        return self._switched(request, id, kind, on=True)

    @extend_schema(operation_id="feed_reaction_unset", responses={200: ReactionsSerializer})
    def delete(self, request: Request, id: int, kind: str) -> Response:
        """Switch one reaction off."""
        return self._switched(request, id, kind, on=False)

    def _switched(self, request: Request, id: int, kind: str, *, on: bool) -> Response:
        if kind not in settings().reactions:
            raise NotFound
        return _reacted(feed.react(request.user, group_of(request.user), id, kind, on=on))


class Sharing(Door):
    """What may be posted about the user without being asked each time."""

    tag = "feed"

    @extend_schema(operation_id="sharing_retrieve", responses=SharingSerializer)
    def get(self, request: Request) -> Response:
        """For each kind of automatic post whether it is written."""
        return Response(sharing.shared(request.user))

    @extend_schema(
        operation_id="sharing_update", request=SharingSerializer, responses=SharingSerializer
    )
    def patch(self, request: Request) -> Response:
        """Switch kinds on or off, those that are named."""
        wanted = SharingSerializer(data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        if request.data and not wanted.validated_data:
            # A switch that seems to be off and is not would be worse than a refusal.
            unknown = _("There is no such kind of post.")
            raise ValidationError({str(name): [unknown] for name in request.data})
        return Response(sharing.share(request.user, wanted.validated_data))


class TrainerFeed(Door):
    """The feed of a trainer's group."""

    roles = ("trainer",)
    tag = "feed"

    @extend_schema(
        operation_id="trainer_feed_list", parameters=PLACES, responses=page_of(PostSerializer)
    )
    def get(self, request: Request) -> Response:
        """The posts of the trainer's group, the newest first."""
        return _page(request, key_of(request.user))


class TrainerFeedPost(FeedPost):
    """One post of it."""

    roles = ("trainer",)

    @extend_schema(operation_id="trainer_feed_destroy", responses={204: None})
    def delete(self, request: Request, id: int) -> Response:
        """Take a post of the group down."""
        return super().delete(request, id)


community = [
    path("feed/", Feed.as_view()),
    path("feed/<badge_engine_id:id>/", FeedPost.as_view()),
    path("feed/<badge_engine_id:id>/react/", Reacting.as_view()),
    path("feed/<badge_engine_id:id>/reactions/<str:kind>/", OneReaction.as_view()),
    path("me/sharing/", Sharing.as_view()),
]
trainer = [
    path("feed/", TrainerFeed.as_view()),
    path("feed/<badge_engine_id:id>/", TrainerFeedPost.as_view()),
]
