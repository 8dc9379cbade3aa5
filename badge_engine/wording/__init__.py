"""Rules, progress and explanations as sentences in several languages.

A language that is not known is English. Nothing here decides anything: it only says it.
"""

from badge_engine.wording.evidence import evidence_phrase
from badge_engine.wording.explanations import Line, explanation_lines, titles
from badge_engine.wording.progress import progress_sentence
from badge_engine.wording.requirements import requirement_phrase
from badge_engine.wording.rules import criterion_phrase, rule_sentence
from badge_engine.wording.words import LANGUAGES, local_text

__all__ = [
    "LANGUAGES",
    "Line",
    "criterion_phrase",
    "evidence_phrase",
    "explanation_lines",
    "local_text",
    "progress_sentence",
    "requirement_phrase",
    "rule_sentence",
    "titles",
]
