"""The app: its name, and what happens once all apps are there."""

from __future__ import annotations

from django.apps import AppConfig


class BadgeEngineConfig(AppConfig):
    """Badges, feed and announcements for a coaching backend."""

    name = "django_adapter"
    label = "badge_engine"
    verbose_name = "Badges"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find the host's sources and listen to their models."""
        from django_adapter import signals, sources  # noqa: PLC0415 - models are there only now

        sources.discover()
        signals.connect()
