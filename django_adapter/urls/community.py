"""What a host mounts for the community: `include("django_adapter.urls.community")`."""

from __future__ import annotations

from django.urls import URLPattern

from django_adapter.api import achievements, announcements, feed

urlpatterns: list[URLPattern] = [*achievements.community, *announcements.community, *feed.community]
