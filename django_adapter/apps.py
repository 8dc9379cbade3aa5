"""The app: its name, and what happens once all apps are there."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BadgeEngineConfig(AppConfig):
    """Badges, feed and announcements for a coaching backend."""

    name = "django_adapter"
    label = "badge_engine"
    verbose_name = "Badges"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find the host's sources and listen to their models."""
        from django_adapter import (  # noqa: PLC0415 - models are there only now
            checks,  # noqa: F401 - it registers itself
            signals,
            sources,
            triggers,
        )

        sources.discover()
        signals.connect()
        post_migrate.connect(triggers.after_migrate, sender=self)
