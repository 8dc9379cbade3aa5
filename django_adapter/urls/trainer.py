"""What a host mounts for the trainer: `include("django_adapter.urls.trainer")`."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
