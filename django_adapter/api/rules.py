"""Doors to a trainer's own packs: written, checked, published, rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from badge_engine import Diagnostic, check_text
from django_adapter.api.base import Door
from django_adapter.api.fields import Id, Instant
from django_adapter.api.parsing import PARSERS, BodyTooLong
from django_adapter.services import packs
from django_adapter.services.checking import UNNAMED, check
from django_adapter.services.packs import PackRefused, UnknownEdition, UnknownPack
from django_adapter.settings import settings

ESCAPED = 6
"""How many bytes one byte of a text takes up in JSON at most."""
AROUND = 1024
"""How many bytes there may be around the text."""


# Bodies


class YAML(BaseParser):
    """A body that is the text of a pack, as bytes."""

    media_type = "application/yaml"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        most = settings().packs.bytes + AROUND
        body = stream.read(most + 1)
        if len(body) > most:
            raise BodyTooLong(_("The body is longer than %(most)d bytes.") % {"most": most})
        return {"text": body}


class OldYAML(YAML):
    """The name that it had before it was registered."""

    media_type = "application/x-yaml"


class TextYAML(YAML):
    """Another one."""

    media_type = "text/yaml"


class DraftSerializer(serializers.Serializer[Any]):
    """The text of a pack; for a check also the name of the pack that it is to become."""

    text = serializers.CharField(trim_whitespace=False, allow_blank=True)


class CheckSerializer(DraftSerializer):
    """A text, and the name of the pack whose place it is to take."""

    name = serializers.CharField(required=False, max_length=64, default=UNNAMED)


class PublishSerializer(serializers.Serializer[Any]):
    """The edition to publish; the newest unless it is given."""

    edition = Id(required=False, allow_null=True)


# Answers


class NoteSerializer(serializers.Serializer[Any]):
    """A second place that belongs to a mistake."""

    message = serializers.CharField()
    pack = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    end_column = serializers.IntegerField()


class DiagnosticSerializer(serializers.Serializer[Any]):
    """A mistake or a warning; lines and columns count from 1, and `end_column` is behind it."""

    pack = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    end_column = serializers.IntegerField()
    severity = serializers.ChoiceField(["error", "warning"])
    code = serializers.CharField()
    message = serializers.CharField()
    help = serializers.CharField(allow_null=True)
    badge = serializers.CharField(allow_null=True)
    note = NoteSerializer(allow_null=True)


class PackSerializer(serializers.Serializer[Any]):
    """A pack: its newest edition, and the one in force."""

    name = serializers.CharField()
    edition = serializers.IntegerField()
    published = serializers.IntegerField(allow_null=True)
    created_at = Instant()
    saved_at = Instant()


class WrittenPackSerializer(PackSerializer):
    """A pack with the text of its newest edition."""

    text = serializers.CharField()


class SavedPackSerializer(PackSerializer):
    """A pack with the warnings about what was saved."""

    diagnostics = DiagnosticSerializer(many=True)


class EditionSerializer(serializers.Serializer[Any]):
    """An edition of a pack."""

    number = serializers.IntegerField()
    created_at = Instant()
    is_published = serializers.BooleanField()


class WrittenEditionSerializer(EditionSerializer):
    """An edition with its text."""

    text = serializers.CharField()


class TestedSerializer(serializers.Serializer[Any]):
    """What came of a test beside a badge; `drawing` and `read_as` show a failed one."""

    badge = serializers.CharField()
    name = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    passed = serializers.BooleanField()
    expected = serializers.CharField()
    happened = serializers.CharField()
    drawing = serializers.ListField(child=serializers.CharField())
    read_as = serializers.CharField()


class CheckedSerializer(serializers.Serializer[Any]):
    """Everything about a text; tests are run where it has no mistakes."""

    diagnostics = DiagnosticSerializer(many=True)
    tests = TestedSerializer(many=True)
    not_run = serializers.IntegerField()


class RefusedSerializer(serializers.Serializer[Any]):
    """Why a pack cannot be saved or be in force."""

    text = serializers.ListField(child=serializers.CharField(), required=False)
    edition = serializers.ListField(child=serializers.CharField(), required=False)
    error = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    diagnostics = DiagnosticSerializer(many=True, required=False)


def _diagnostics(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    return [_told(one) for one in found]


def _told(one: Diagnostic) -> dict[str, Any]:
    note = one.note
    second = note and {
        "message": note.message,
        "pack": _pack_name(note.path),
        "line": note.line,
        "column": note.column,
        "end_column": note.end_column,
    }
    return {
        "pack": _pack_name(one.path),
        "line": one.line,
        "column": one.column,
        "end_column": one.end_column,
        "severity": one.severity,
        "code": one.code,
        "message": one.message,
        "help": one.help,
        "badge": one.badge,
        "note": second,
    }


def _pack_name(path: str) -> str:
    return "" if path == UNNAMED else path


# Doors

DRAFT = {
    "application/json": DraftSerializer,
    "application/yaml": OpenApiTypes.STR,
}
NAME = OpenApiParameter(
    "name",
    {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
    OpenApiParameter.PATH,
    description="Lower-case letters, digits, `_` and `-`; not `check` or `preview`.",
)


class Unreadable(Exception):
    """A body that is no text."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.diagnostics = check_text(body, path=UNNAMED)


class RuleDoor(Door):
    """A door for trainers, whose packs nobody else sees."""

    roles = ("trainer",)
    tag = "rules"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - REST framework's
        """Nothing is here where the host lets trainers have no packs."""
        super().initial(request, *args, **kwargs)
        if not settings().trainer_packs:
            raise NotFound

    def handle_exception(self, exc: Exception) -> Response:
        """What a trainer does not have is not there; what cannot be in force says why."""
        if isinstance(exc, Unreadable):
            return self._refused("text", exc.diagnostics)
        if isinstance(exc, PackRefused):
            return self._refused(self.to_blame(), exc.diagnostics)
        return super().handle_exception(NotFound() if isinstance(exc, UnknownPack) else exc)

    def to_blame(self) -> str:
        """The part of the request that mistakes are put down to."""
        return {"PUT": "text", "POST": "edition"}.get(str(self.request.method), "error")

    def _refused(self, field: str, found: Sequence[Diagnostic]) -> Response:
        """400 in the usual shape, and where in the text the mistakes are."""
        wrong = [one for one in found if one.severity == "error"]
        said = ngettext(
            "There is a mistake in line %(line)d: %(message)s",
            "There are %(count)d mistakes, the first of them in line %(line)d: %(message)s",
            len(wrong),
        )
        first = wrong[0]
        text = said % {"count": len(wrong), "line": first.line, "message": first.message}
        told = text if field == "error" else [text]
        return Response({field: told, "diagnostics": _diagnostics(found)}, status=400)


class TextDoor(RuleDoor):
    """A door that takes the text of a pack."""

    parser_classes = (*PARSERS, YAML, OldYAML, TextYAML)  # type: ignore[assignment] # longer

    @property
    def most_bytes(self) -> int:  # type: ignore[override] # it depends on a setting
        """The largest text, however it is escaped."""
        return ESCAPED * settings().packs.bytes + AROUND

    def sent(self, shape: type[DraftSerializer]) -> Mapping[str, Any]:
        """What was sent: in JSON, or as the text itself, with what else there is in the address."""
        body = self.request.data
        text = body.get("text") if isinstance(body, Mapping) else None
        if isinstance(text, bytes):
            try:
                said = {"text": text.decode("utf-8-sig")}
            except UnicodeDecodeError:
                raise Unreadable(text) from None
            return {"name": UNNAMED, **self.request.query_params.dict(), **said}
        draft = shape(data=body)
        draft.is_valid(raise_exception=True)
        return dict(draft.validated_data)


class Packs(RuleDoor):
    """All packs of a trainer."""

    @extend_schema(operation_id="trainer_rules_list", responses=PackSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The trainer's packs, by name."""
        return Response(PackSerializer(packs.listed(request.user), many=True).data)


class OnePack(TextDoor):
    """One pack: its newest edition."""

    @extend_schema(
        operation_id="trainer_rules_retrieve", parameters=[NAME], responses=WrittenPackSerializer
    )
    def get(self, request: Request, name: str) -> Response:
        """A pack with the text of its newest edition."""
        pack = PackSerializer(packs.one(request.user, name)).data
        return Response({**pack, "text": packs.edition(request.user, name).text})

    @extend_schema(
        operation_id="trainer_rules_update",
        parameters=[NAME],
        request=DRAFT,
        responses={200: SavedPackSerializer, 201: SavedPackSerializer, 400: RefusedSerializer},
    )
    def put(self, request: Request, name: str) -> Response:
        """Save a text as the newest edition, which is not in force before it is published."""
        if not packs.is_name(name):
            raise ValidationError({"name": [_("Use a-z, 0-9, _ and -, at most 64 of them.")]})
        saved = packs.save(request.user, name, self.sent(DraftSerializer)["text"])
        told = {**PackSerializer(saved.pack).data, "diagnostics": _diagnostics(saved.diagnostics)}
        return Response(told, status=201 if saved.created else 200)

    @extend_schema(
        operation_id="trainer_rules_destroy",
        parameters=[NAME],
        responses={204: None, 400: RefusedSerializer},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Delete a pack with all its editions; awards stay with who holds them."""
        packs.delete(request.user, name)
        return Response(status=204)


class Check(TextDoor):
    """A text that is to become a pack."""

    @extend_schema(
        operation_id="trainer_rules_check",
        parameters=[OpenApiParameter("name", str, description="Beside a body of YAML.")],
        request={"application/json": CheckSerializer, "application/yaml": OpenApiTypes.STR},
        responses={200: CheckedSerializer, 400: RefusedSerializer},
    )
    def post(self, request: Request) -> Response:
        """What is wrong or odd with a text, and what comes of its tests; nothing is saved."""
        said = self.sent(CheckSerializer)
        if said["name"] != UNNAMED and not packs.is_name(said["name"]):
            raise ValidationError({"name": [_("Use a-z, 0-9, _ and -, at most 64 of them.")]})
        found = check(request.user, said["text"], said["name"])
        told = {
            "diagnostics": _diagnostics(found.diagnostics),
            "tests": TestedSerializer(found.tests, many=True).data,
            "not_run": found.not_run,
        }
        return Response(told)


class Editions(RuleDoor):
    """What a pack has been."""

    @extend_schema(
        operation_id="trainer_rules_editions",
        parameters=[NAME],
        responses=EditionSerializer(many=True),
    )
    def get(self, request: Request, name: str) -> Response:
        """The editions of a pack that are kept, the newest first."""
        return Response(EditionSerializer(packs.editions(request.user, name), many=True).data)


class OneEdition(RuleDoor):
    """One of them."""

    @extend_schema(
        operation_id="trainer_rules_edition",
        parameters=[NAME],
        responses=WrittenEditionSerializer,
    )
    def get(self, request: Request, name: str, number: int) -> Response:
        """An edition with its text."""
        return Response(WrittenEditionSerializer(packs.edition(request.user, name, number)).data)


class Publication(RuleDoor):
    """What is in force."""

    @extend_schema(
        operation_id="trainer_rules_publish",
        parameters=[NAME],
        request=PublishSerializer,
        responses={200: PackSerializer, 400: RefusedSerializer},
    )
    def post(self, request: Request, name: str) -> Response:
        """Put an edition in force, the newest unless one is named; an older one rolls back."""
        said = PublishSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        number = said.validated_data.get("edition")
        try:
            pack = packs.publish(request.user, name, number)
        except UnknownEdition:
            raise ValidationError({"edition": [_("There is no such edition.")]}) from None
        return Response(PackSerializer(pack).data)

    @extend_schema(
        operation_id="trainer_rules_unpublish",
        parameters=[NAME],
        responses={200: PackSerializer, 400: RefusedSerializer},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Take a pack out of force; awards stay with who holds them."""
        return Response(PackSerializer(packs.unpublish(request.user, name)).data)


community: list[URLPattern] = []
trainer = [
    path("rules/", Packs.as_view()),
    path("rules/check/", Check.as_view()),
    path("rules/<str:name>/", OnePack.as_view()),
    path("rules/<str:name>/editions/", Editions.as_view()),
    path("rules/<str:name>/editions/<badge_engine_id:number>/", OneEdition.as_view()),
    path("rules/<str:name>/publish/", Publication.as_view()),
]
