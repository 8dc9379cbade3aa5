"""The admin site: what is stored can be looked at; posts are taken down and packs edited there.

Nothing here writes by itself: it asks the services that serve the doors.
"""

from __future__ import annotations

from django_adapter.admin import looking, packs

__all__ = ["looking", "packs"]
