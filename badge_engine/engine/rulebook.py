"""Rules that are swapped while events arrive; broken packs leave the last good ones in force."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from badge_engine.errors import RulePackError
from badge_engine.language.loader import load_packs
from badge_engine.language.vocabulary import Vocabulary
from badge_engine.semantics.compiler import RuleSet, compile_rules

logger = logging.getLogger("badge_engine.engine")


class RuleBook:
    """The rule set in force for every user; give it to an Engine as its rules.

    `load` makes a rule set, or raises RulePackError or OSError; the first one must succeed.
    """

    def __init__(self, load: Callable[[], RuleSet]) -> None:
        self._load = load
        self.rules = load()

    @classmethod
    def of_paths(
        cls,
        paths: Iterable[str | Path],
        vocabulary: Vocabulary | None = None,
        *,
        week_starts: str = "monday",
    ) -> RuleBook:
        """The packs in files and folders."""
        chosen = list(paths)

        def load() -> RuleSet:
            packs = load_packs(chosen, vocabulary, week_starts=week_starts)
            return compile_rules(packs, week_starts=week_starts)

        return cls(load)

    def __call__(self, user: str) -> RuleSet:
        """The rule set of a user: the same for all."""
        del user
        return self.rules

    def reload(self) -> Sequence[Any]:
        """Load anew; the diagnostics, or the OSError, that kept the former rules in force.

        So does a folder that is empty all at once, as one is in the middle of a deployment.
        """
        try:
            rules = self._load()
        except RulePackError as error:
            logger.warning("rules were not swapped: %d mistakes", len(error.diagnostics))
            return error.diagnostics
        except OSError as error:
            logger.warning("rules were not swapped: %s", error)
            return (error,)
        if self.rules.badges and not rules.badges:
            logger.warning("rules were not swapped: there is no badge in them")
            return (FileNotFoundError("there is no badge in the packs; put them back"),)
        self.rules = rules
        return ()
