"""Doors to the badges of a user, and of a trainer's trainees."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from django_adapter.api.base import Door, asked, envelope
from django_adapter.api.fields import Id
from django_adapter.api.schema import PAGES, page_of
from django_adapter.services import badges, trainees

MOST_SEEN = 1000
STATES = ("none", "open", "alive", "at_risk", "broken", "earned")


class StandingSerializer(serializers.Serializer[Any]):
    """How far somebody is; numbers where there is nothing to tell yet are null."""

    value = serializers.FloatField(allow_null=True)
    target = serializers.FloatField(allow_null=True)
    ratio = serializers.FloatField(min_value=0, max_value=1)
    state = serializers.ChoiceField(STATES)
    expires_on = serializers.DateField(allow_null=True)


class ProgressSerializer(StandingSerializer):
    """The same with a sentence."""

    sentence = serializers.CharField()


class AchievementSerializer(serializers.Serializer[Any]):
    """The shape B: a badge, or one tier of it. Of a hidden one there is its id and nothing else."""

    id = Id()
    name = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    icon_name = serializers.CharField(allow_blank=True)
    criteria_type = serializers.CharField(allow_blank=True)
    criteria_value = serializers.IntegerField(min_value=0)
    earned = serializers.BooleanField()
    earned_at = serializers.DateTimeField(allow_null=True)
    slug = serializers.CharField(allow_blank=True)
    category = serializers.CharField(allow_blank=True)
    tier = serializers.CharField(allow_blank=True)
    progress = ProgressSerializer(allow_null=True)
    hidden = serializers.BooleanField()
    times_earned = serializers.IntegerField(min_value=0)
    earned_on = serializers.DateField(allow_null=True)


class AwardSerializer(serializers.Serializer[Any]):
    """The shape N: something that was earned, as it is told."""

    id = Id()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    icon_name = serializers.CharField(allow_blank=True)
    earned_at = serializers.DateTimeField()
    slug = serializers.CharField()
    tier = serializers.CharField(allow_blank=True)
    occurrence = serializers.IntegerField(min_value=1)
    earned_on = serializers.DateField()


class EvidenceSerializer(serializers.Serializer[Any]):
    """What an award stands on."""

    event = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    count = serializers.IntegerField()


class RequirementSerializer(serializers.Serializer[Any]):
    """How many of the events considered meet one entry of `where`."""

    setting = serializers.CharField()
    passed = serializers.IntegerField()
    considered = serializers.IntegerField()


class LeftOutSerializer(serializers.Serializer[Any]):
    """An event that does not count, and which entries it fails."""

    event = serializers.CharField()
    day = serializers.DateField()
    settings = serializers.ListField(child=serializers.CharField())


class ReasonSerializer(serializers.Serializer[Any]):
    """One node of why a badge is earned or not; of a hidden badge only whether it holds."""

    slug = serializers.CharField(allow_blank=True)
    criterion = serializers.CharField()
    holds = serializers.BooleanField()
    progress = StandingSerializer()
    evidence = EvidenceSerializer(allow_null=True)
    considered = serializers.IntegerField()
    matched = serializers.IntegerField()
    requirements = RequirementSerializer(many=True)
    left_out = LeftOutSerializer(many=True)
    blocking_day = serializers.DateField(allow_null=True)
    blocking_parts = serializers.ListField(child=serializers.IntegerField())

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What can be named now, and parts of the same kind."""
        return super().get_fields() | {"parts": ReasonSerializer(many=True)}


class LineSerializer(serializers.Serializer[Any]):
    """One line of the same in words; `holds` is null where it only tells something."""

    depth = serializers.IntegerField()
    holds = serializers.BooleanField(allow_null=True)
    text = serializers.CharField()


class ExplanationSerializer(ReasonSerializer):
    """The root of these nodes, and the whole tree in words."""

    lines = LineSerializer(many=True)


class AchievementDetailSerializer(AchievementSerializer):
    """A badge as the tier to earn next, with all its tiers and the reasons."""

    tiers = AchievementSerializer(many=True)
    explanation = ExplanationSerializer(allow_null=True)


class SeenSerializer(serializers.Serializer[Any]):
    """Ids of awards that the user is being told of."""

    ids = serializers.ListField(child=Id(), max_length=MOST_SEEN)


class NewlySeenSerializer(serializers.Serializer[Any]):
    """Those of them that no other phone has told: celebrate these."""

    new = serializers.ListField(child=Id())


class TraineeSerializer(serializers.Serializer[Any]):
    """Whose award it is."""

    id = serializers.IntegerField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    profile_image = serializers.CharField(allow_null=True)


class TraineeAwardSerializer(AwardSerializer):
    """The shape N, and whose it is."""

    trainee = TraineeSerializer()


class Achievements(Door):
    """The user's badges."""

    @extend_schema(operation_id="achievements_list", responses=AchievementSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All badges, those that are earned and those that can be."""
        return Response(badges.listed(request.user))


class RecentAchievements(Door):
    """What was earned last."""

    @extend_schema(operation_id="achievements_recent", responses=AwardSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The five awards that were recorded last, the newest first."""
        return Response(badges.recent(request.user))


class UnseenAchievements(Door):
    """What is to be celebrated."""

    @extend_schema(operation_id="achievements_unseen", responses=AwardSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Awards that the user has not been told of, the oldest first."""
        return Response(badges.unseen(request.user))


class SeenAchievements(Door):
    """That it is celebrated."""

    @extend_schema(
        operation_id="achievements_seen",
        request=SeenSerializer,
        responses={200: NewlySeenSerializer},
    )
    def post(self, request: Request) -> Response:
        """Say which awards are being told; of several phones each award is `new` to one."""
        said = SeenSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        return Response({"new": badges.seen(request.user, said.validated_data["ids"])})


class Achievement(Door):
    """One badge."""

    @extend_schema(operation_id="achievements_retrieve", responses=AchievementDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """A badge with all its tiers, and why it is earned or not."""
        found = badges.one(request.user, slug)
        if found is None:
            raise NotFound
        return Response(found)


class TraineesAwards(Door):
    """What trainees have earned."""

    roles = ("trainer",)

    @extend_schema(
        operation_id="trainer_trainees_awards",
        parameters=PAGES,
        responses=page_of(TraineeAwardSerializer),
    )
    def get(self, request: Request) -> Response:
        """The awards of all trainees, those recorded last first."""
        cut = asked(request)
        rows, count = trainees.awards(request.user, cut.start, cut.size)
        cut.require(count)
        return Response(envelope(request, cut, count, rows))


class TraineeAchievements(Door):
    """The badges of one trainee, for the trainer and for nobody else but the trainee."""

    roles = ("trainee", "trainer")

    @extend_schema(
        operation_id="trainer_trainee_achievements", responses=AchievementSerializer(many=True)
    )
    def get(self, request: Request, id: int) -> Response:
        """All badges of a trainee; the trainer sees hidden ones too."""
        found = trainees.badges_of(request.user, id)
        if found is None:
            raise NotFound
        return Response(found)


community = [
    path("achievements/", Achievements.as_view()),
    path("achievements/recent/", RecentAchievements.as_view()),
    path("achievements/unseen/", UnseenAchievements.as_view()),
    path("achievements/seen/", SeenAchievements.as_view()),
    path("achievements/<str:slug>/", Achievement.as_view()),
]
trainer = [
    path("trainees/awards/", TraineesAwards.as_view()),
    path("trainees/<badge_engine_id:id>/achievements/", TraineeAchievements.as_view()),
]
