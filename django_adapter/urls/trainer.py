"""What a host mounts for the trainer: `include("django_adapter.urls.trainer")`."""

from __future__ import annotations

from django.urls import URLPattern

from django_adapter.api import achievements, announcements, feed, rules

urlpatterns: list[URLPattern] = [
    *achievements.trainer,
    *announcements.trainer,
    *feed.trainer,
    *rules.trainer,
]
