"""The Django ring around badge_engine; it holds no meaning of its own.

What a host uses is listed here and loaded when it is first used, as Django's models may not be
imported before its apps are ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_adapter.services.evaluation import record
    from django_adapter.services.people import erase, export
    from django_adapter.services.toasts import new_achievements
    from django_adapter.sources import Happened, Source, register

__all__ = [
    "Happened",
    "Source",
    "erase",
    "export",
    "new_achievements",
    "record",
    "register",
]

_HOMES = {
    "Happened": "sources",
    "Source": "sources",
    "erase": "services.people",
    "export": "services.people",
    "new_achievements": "services.toasts",
    "record": "services.evaluation",
    "register": "sources",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is asked for."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
