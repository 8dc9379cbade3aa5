"""What people who write packs work with: tests beside badges, files of events, reports."""

from badge_engine.authoring.report import explanation_as_json, progress_as_json
from badge_engine.authoring.scenarios import ScenarioResult, run_tests

__all__ = ["ScenarioResult", "explanation_as_json", "progress_as_json", "run_tests"]
