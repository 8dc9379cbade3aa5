"""Says in plain words why a text is no YAML, and reads on behind the place."""

from __future__ import annotations

import yaml

from badge_engine.language.report import Mistake, Report
from badge_engine.language.source import Place
from badge_engine.language.tree import Node, compose


def read_tree(report: Report) -> tuple[Node | None, bool]:
    """The tree of a file, and whether it is complete; every syntax error is reported."""
    try:
        root = compose(report.source.readable_text(), report)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        place = Place(mark.index, mark.index + 1)
        report.add(Mistake("yaml-syntax", place, str(problem.problem), "correct it"))
        return None, False
    if root is None:
        report.add(Mistake("empty-file", Place(0, 0), "there is nothing in this file", "write badges:"))
    return root, True
