"""What a host mounts for the community: `include("django_adapter.urls.community")`."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
