"""The tables are those of the models, on each database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Model

from django_adapter.models.ledger import BytewiseField

OURS = list(apps.get_app_config("badge_engine").get_models())


@pytest.mark.django_db
def test_no_change_of_a_model_waits_for_a_migration() -> None:
    call_command("makemigrations", "badge_engine", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
@pytest.mark.skipif(settings.DATABASE != "postgresql", reason="SQLite compares by bytes as it is")
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_texts_with_an_order_compare_by_their_bytes(model: type[Model]) -> None:
    described = model._meta  # noqa: SLF001 - documented by Django
    fields = described.concrete_fields
    bytewise = {field.column for field in fields if isinstance(field, BytewiseField)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND collation_name = 'C'",
            [described.db_table],
        )
        assert {name for (name,) in cursor.fetchall()} == bytewise
