"""What a host mounts for the trainer: `include("django_adapter.urls.trainer")`."""

from __future__ import annotations

from django.urls import URLPattern

from django_adapter.api import announcements, rules

urlpatterns: list[URLPattern] = [*announcements.trainer, *rules.trainer]
