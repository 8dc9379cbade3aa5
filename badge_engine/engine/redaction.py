"""What users may see of hidden badges that they do not hold: that there is something, no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from badge_engine.errors import UnknownBadge
from badge_engine.outcomes import HIDDEN, Explanation, Progress
from badge_engine.semantics.compiler import RuleSet

PLACEHOLDER = Progress("", None, None, Decimal(0), None, None, 1, "open")
"""No id, no goal, no progress."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The badges of a rule set that one user is not to recognise."""

    rules: RuleSet
    secret: frozenset[str]

    def progress(self, shown: Iterable[Progress]) -> list[Progress]:
        """Progress with one placeholder in the place of each secret badge and all its tiers."""
        of_badges = groupby(shown, key=lambda one: one.badge)
        return [
            one
            for badge, own in of_badges
            for one in ([PLACEHOLDER] if badge in self.secret else own)
        ]

    def require_visible(self, badge: str) -> None:
        """Refuse a secret badge just as one that does not exist."""
        if badge in self.secret or badge not in self.rules.badges:
            known = tuple(one for one in self.rules.badges if one not in self.secret)
            raise UnknownBadge(badge, known)

    def explanation(self, tree: Explanation) -> Explanation:
        """A tree in which the nodes of secret badges say only whether they hold."""
        if tree.badge in self.secret:
            return Explanation("", HIDDEN, tree.holds, PLACEHOLDER)
        return replace(tree, parts=tuple(self.explanation(part) for part in tree.parts))
