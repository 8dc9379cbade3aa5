"""What all doors have in common: who may come in, how errors look, how pages are cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView, exception_handler

from django_adapter.api.parsing import PARSERS
from django_adapter.settings import settings

FIRST = 1
PAGE_SIZE = 20
MOST_A_PAGE = 100
MOST_PAGES = 2**31
BIGGEST_ID = 2**63 - 1


class Problem(APIException):
    """Something that no field of the body is to blame for: 400 `{error}`."""

    status_code = 400
    default_code = "problem"


class HasRole(BasePermission):
    """Lets in whoever has one of the door's roles, before anything is looked up."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if user is None or not user.is_authenticated:
            return False
        return settings().role(user) in getattr(view, "roles", ())


class OwnRate(SimpleRateThrottle):
    """A rate of our own for each user and kind of request, so that no other request is held up."""

    scope = "badge_engine"

    def __init__(self) -> None:
        """The rate is known with the request."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if request.user is None or not request.user.is_authenticated:
            return None
        return f"badge_engine:{self.scope}:{request.user.pk}"

    def allow_request(self, request: Request, view: APIView) -> bool:
        kind = "read" if request.method in {"GET", "HEAD", "OPTIONS"} else view.throttle  # type: ignore[attr-defined]
        rate = getattr(settings().throttles, kind)
        if rate is None:
            return True
        self.scope = kind
        self.rate = rate
        self.num_requests, self.duration = self.parse_rate(rate)
        return super().allow_request(request, view)


class Door(APIView):
    """A door of the adapter; what a host has set for its own views stays out of it.

    `roles` may come in, `throttle` is the rate of its unsafe methods, `most_bytes` the size of the
    largest body that it reads.
    """

    roles: ClassVar[Sequence[str]] = ("trainee",)
    throttle: ClassVar[str] = "write"
    most_bytes: ClassVar[int] = 65_536
    permission_classes = (HasRole,)
    renderer_classes = (JSONRenderer,)
    parser_classes = PARSERS
    throttle_classes = (OwnRate,)
    versioning_class = None

    def get_exception_handler(self) -> Any:  # noqa: ANN401 - the shape of REST framework
        """Errors look as the contract says, whatever the host has chosen for its own views."""
        return _answer

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - as above
        """Nobody but the user's own phone may keep an answer, and that neither."""
        response = super().finalize_response(*args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response


def _answer(error: Exception, context: Any) -> Response | None:  # noqa: ANN401 - as above
    if isinstance(error, Problem):
        return Response({"error": str(error.detail)}, status=error.status_code)
    return exception_handler(error, context)


def number(text: str) -> int:
    """An id from an address; NotFound for what no row can have."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_ID))):
        raise NotFound
    found = int(text)
    if found > BIGGEST_ID:
        raise NotFound
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
            raise NotFound("Invalid page.")


def asked(request: Request) -> Slice:
    """The page that a request asks for; NotFound for an odd page, 400 for an odd size."""
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) < MOST_PAGES):
        raise NotFound("Invalid page.")
    return Slice(int(text), page_size(request))


def page_size(request: Request) -> int:
    """How many results a request wants: 20 unless it says so, never more than 100."""
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and int(text[:20]) >= 1):
        raise ValidationError({"page_size": ["Give a number from 1 to 100."]})
    return min(int(text[:20]), MOST_A_PAGE)


def envelope(request: Request, cut: Slice, count: int, results: Sequence[Any]) -> dict[str, Any]:
    """The results of a page with the addresses of its neighbours."""
    address = request.build_absolute_uri()
    following = previous = None
    if cut.start + cut.size < count:
        following = replace_query_param(address, "page", cut.page + 1)
    if cut.page > FIRST:
        before = cut.page - 1
        plain = before == FIRST
        previous = (
            remove_query_param(address, "page")
            if plain
            else replace_query_param(address, "page", before)
        )
    return {"count": count, "next": following, "previous": previous, "results": list(results)}
