"""Progress and explanations as JSON holds them, with the library's sentences beside the numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from badge_engine import (
    Evidence,
    Explanation,
    Progress,
    RuleSet,
    explanation_lines,
    progress_sentence,
)

TARGET_DECIMALS = 6
"""Goals are shown as they are, but for those that were converted from another unit."""


def progress_of(progress: Progress, rules: RuleSet, language: str) -> dict[str, Any]:
    """How far somebody is with a badge, and the same as a sentence."""
    compiled = rules.compiled(progress.badge)
    return _numbers(progress) | {
        "sentence": progress_sentence(progress, compiled, rules, language),
    }


def explained(tree: Explanation, rules: RuleSet, language: str) -> dict[str, Any]:
    """The tree of an explanation, node by node, and the same as lines."""
    lines = [
        {"depth": line.depth, "holds": line.holds, "text": line.text}
        for line in explanation_lines(tree, rules, language)
    ]
    return _node(tree) | {"lines": lines}


def _node(node: Explanation) -> dict[str, Any]:
    return {
        "slug": node.badge,
        "criterion": node.criterion,
        "holds": node.holds,
        "progress": _numbers(node.progress),
        "evidence": node.evidence and _evidence(node.evidence),
        "considered": node.considered,
        "matched": node.matched,
        "requirements": [
            {"setting": one.setting, "passed": one.passed, "considered": one.considered}
            for one in node.requirements
        ],
        "left_out": [
            {"event": one.event, "day": one.day.isoformat(), "settings": list(one.settings)}
            for one in node.left_out
        ],
        "blocking_day": node.blocking_day and node.blocking_day.isoformat(),
        "blocking_parts": list(node.blocking_parts),
        "parts": [_node(part) for part in node.parts],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "event": evidence.event,
        "first_day": evidence.first_day.isoformat(),
        "last_day": evidence.last_day.isoformat(),
        "count": evidence.count,
    }


def _numbers(progress: Progress) -> dict[str, Any]:
    return {
        "value": _rounded(progress.value, progress.decimals),
        "target": _rounded(progress.target, TARGET_DECIMALS),
        "ratio": float(progress.ratio),
        "state": progress.state,
        "expires_on": progress.expires_on and progress.expires_on.isoformat(),
    }


def _rounded(value: Fraction | None, decimals: int) -> float | None:
    """Always a number with a decimal point, as clients tell the two kinds apart."""
    return None if value is None else float(round(value, decimals))
