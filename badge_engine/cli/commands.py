"""The commands, in the order of `--help`."""

from __future__ import annotations

from badge_engine.cli.answers import (
    show_evaluated,
    show_explanation,
    show_progress,
    show_recorded,
)
from badge_engine.cli.application import app, register
from badge_engine.cli.ingest import ingest
from badge_engine.cli.packs import check_packs, run_scenarios, show_schema, show_vocabulary
from badge_engine.cli.upkeep import erase, export, manage, run_backfill, run_reconcile

__all__ = ["app"]

register("check", check_packs)
register("test", run_scenarios)
register("evaluate", show_evaluated)
register("ingest", ingest)
register("awards", show_recorded)
register("progress", show_progress)
register("explain", show_explanation)
register("backfill", run_backfill)
register("reconcile", run_reconcile)
register("export", export)
register("erase", erase)
register("db", manage)
register("vocabulary", show_vocabulary)
register("schema", show_schema)
