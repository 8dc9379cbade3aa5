"""What all doors have in common: who may come in, how errors look, how pages are cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest
from django.urls import register_converter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import (
    APIException,
    NotAuthenticated,
    NotFound,
    ParseError,
    ValidationError,
)
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView, exception_handler

from badge_engine import ConcurrentUpdate
from django_adapter.api.parsing import MOST_BYTES, PARSERS
from django_adapter.api.schema import DoorSchema
from django_adapter.settings import settings

PAGE_SIZE = 20
MOST_A_PAGE = 100
MOST_PAGES = 2**31
BIGGEST_ID = 2**63 - 1


class Problem(APIException):
    """Something that no field of the body is to blame for: 400 `{error}`."""

    status_code = 400
    default_code = "problem"

    def __init__(self, text: str) -> None:
        super().__init__({"error": text})


class NoPage(NotFound):
    """A page behind the last one, or one with an odd number: 404 `{detail}`."""

    default_detail = gettext_lazy("Invalid page.")


class HasRole(BasePermission):
    """Lets in whoever has one of the door's roles, before anything is looked up.

    Whom the host has deactivated is nobody, even where its authentication still knows them.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if user is None or not user.is_authenticated or not getattr(user, "is_active", True):
            raise NotAuthenticated
        return settings().role(user) in getattr(view, "roles", ())


class OwnRate(SimpleRateThrottle):
    """A rate of our own for each user and kind of request, so that no other request is held up."""

    scope = "badge_engine"

    def __init__(self) -> None:
        """The rate is known with the request."""

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"badge_engine:{self.scope}:{request.user.pk}"

    def allow_request(self, request: Request, view: APIView) -> bool:
        kind = "read" if request.method in SAFE_METHODS else getattr(view, "throttle", "write")
        rate = getattr(settings().throttles, kind)
        if rate is None:
            return True
        self.scope = kind
        self.rate = rate
        self.num_requests, self.duration = self.parse_rate(rate)
        return super().allow_request(request, view)


class OnlyJSON(BaseContentNegotiation):
    """Answers in JSON whatever a client would like better, and reads what can be read."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        said = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == said), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class Door(APIView):
    """A door of the adapter; what a host has set for its own views stays out of it.

    `roles` may come in, `throttle` is the rate of its unsafe methods, `most_bytes` the size of the
    largest body that it reads, `tag` the heading of its operations in the schema.
    """

    roles: ClassVar[Sequence[str]] = ("trainee",)
    throttle: ClassVar[str] = "write"
    most_bytes: ClassVar[int] = MOST_BYTES
    tag: ClassVar[str] = "badges"
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]  # noqa: RUF012 - Django's
    permission_classes = (HasRole,)
    renderer_classes = (JSONRenderer,)
    parser_classes = PARSERS
    throttle_classes = (OwnRate,)
    content_negotiation_class = OnlyJSON
    versioning_class = None
    metadata_class = None
    schema = DoorSchema()

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:  # noqa: ANN401 - as below
        """Read addresses as UTF-8, whatever the request calls its charset."""
        if request.encoding is not None:
            request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)

    def get_exception_handler(self) -> Any:  # noqa: ANN401 - the shape of REST framework
        """Errors look as the contract says, whatever the host has chosen for its own views."""
        return _answer

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - as above
        """Nobody but the user's own phone may keep an answer, and that neither."""
        response = super().finalize_response(*args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response


def _answer(error: Exception, context: Any) -> Response | None:  # noqa: ANN401 - as above
    if isinstance(error, Http404):
        error = NotFound()  # without what Django says of models
    elif isinstance(error, SuspiciousOperation):
        error = ParseError()
    elif isinstance(error, ValidationError) and isinstance(error.detail, dict):
        error = ValidationError({key: list(_texts(told)) for key, told in error.detail.items()})
    elif isinstance(error, ConcurrentUpdate):
        error = Busy()
    return exception_handler(error, context)


class Busy(APIException):
    """The database gave way to other writers: 503, and the request may be repeated as it is."""

    status_code = 503
    default_detail = gettext_lazy("Too many at once. Please try again.")
    default_code = "busy"

    wait = 1  # seconds, as Retry-After


def _texts(told: object) -> Iterator[str]:
    """What is wrong with a field, also where it is said of parts of it."""
    if isinstance(told, Mapping):
        told = list(told.values())
    if isinstance(told, list):
        for part in told:
            yield from _texts(part)
    else:
        yield str(told)


class IdConverter:
    """An id in an address, `<badge_engine_id:id>`: 0, which no row has, for what no row can have.

    So every odd id meets the same permissions and the same 404 as one that is not there.
    """

    regex = "[^/]+"

    def to_python(self, text: str) -> int:
        return _whole(text, BIGGEST_ID) or 0

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(IdConverter, "badge_engine_id")


def _whole(text: str, most: int) -> int | None:
    """A number from 1, in digits without a leading zero; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    return int(text) if text[0] != "0" and int(text) <= most else None


def number(text: str) -> int:
    """An id from an address; NotFound for what no row can have."""
    found = _whole(text, BIGGEST_ID)
    if found is None:
        raise NotFound
    return found


def asked_number(request: Request, name: str, most: int = BIGGEST_ID) -> int | None:
    """A number from 1 in the address, None where there is none; 400 for anything else."""
    texts = request.query_params.getlist(name)
    if not texts:
        return None
    found = _whole(texts[0], most) if len(texts) == 1 else None
    if found is None:
        said = _("Give one whole number from 1 to %(most)d.") % {"most": most}
        raise ValidationError({name: [said]})
    return found


@dataclass(frozen=True, slots=True)
class Slice:
    """Which page was asked for, from 1, and how many results it holds."""

    page: int
    size: int

    @property
    def start(self) -> int:
        """How many results lie before it."""
        return (self.page - 1) * self.size

    def require(self, count: int) -> None:
        """NotFound where there is no such page; the first one is there even if it is empty."""
        if self.page > 1 and self.start >= count:
            raise NoPage


def asked(request: Request) -> Slice:
    """The page that a request asks for; NotFound for an odd page, 400 for an odd size."""
    try:
        page = asked_number(request, "page", MOST_PAGES) or 1
    except ValidationError:
        raise NoPage from None
    return Slice(page, page_size(request))


def page_size(request: Request) -> int:
    """How many results a request wants: 20 unless it says so; 400 for more than 100."""
    return asked_number(request, "page_size", MOST_A_PAGE) or PAGE_SIZE


def envelope(
    request: Request, cut: Slice, count: int, results: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The results of a page with the addresses of its neighbours."""
    address = request.build_absolute_uri()
    following = previous = None
    if cut.start + cut.size < count:
        following = replace_query_param(address, "page", str(cut.page + 1))
    if cut.page > 1:
        previous = replace_query_param(address, "page", str(cut.page - 1))
    if cut.page == 2:  # noqa: PLR2004 - the page after the first
        previous = remove_query_param(address, "page")
    return {"count": count, "next": following, "previous": previous, "results": list(results)}
