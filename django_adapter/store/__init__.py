"""The engine's store on the tables of this app."""

from __future__ import annotations

from django_adapter.store.store import DjangoStore

__all__ = ["DjangoStore"]
