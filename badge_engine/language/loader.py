"""The one loader: files, folders or text become checked packs, or diagnostics.

Check, test and production read packs through it, so that what one accepts all accept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from badge_engine.errors import RulePackError
from badge_engine.language.diagnostics import Diagnostic
from badge_engine.language.dump import dump
from badge_engine.language.namespaces import owned_by, plain_id, require_owner
from badge_engine.language.packs import LoadedPacks, RulePack
from badge_engine.language.reading.advice import LocalName, advise
from badge_engine.language.reading.files import Content, SourceFile
from badge_engine.language.reading.references import resolve
from badge_engine.language.reading.referents import Referent, Settled
from badge_engine.language.text.source import MAX_BYTES
from badge_engine.language.vocabulary import Vocabulary

__all__ = [
    "LoadedPacks",
    "RulePack",
    "check_paths",
    "check_text",
    "check_texts",
    "check_vocabulary_text",
    "dump",
    "load_packs",
    "load_text",
    "load_texts",
    "load_vocabulary",
    "shipped_rules",
    "shipped_vocabulary",
]

PACK_FILES = (".yaml", ".yml")

Paths = Path | str | Iterable[Path | str]


def load_packs(
    paths: Paths,
    vocabulary: Vocabulary | None = None,
    *,
    week_starts: str = "monday",
    before: LoadedPacks | None = None,
) -> LoadedPacks:
    """Load files and folders (their *.yaml and *.yml) together.

    Raises RulePackError with all diagnostics, OSError where a file cannot be read.
    """
    return _Loading(_read_files(paths), vocabulary, week_starts, before).packs()


def load_text(
    text: Content,
    *,
    path: str = "<text>",
    vocabulary: Vocabulary | None = None,
    week_starts: str = "monday",
    before: LoadedPacks | None = None,
) -> LoadedPacks:
    """Load one pack from text; RulePackError with all diagnostics where it has mistakes."""
    return _Loading([(path, text)], vocabulary, week_starts, before).packs()


def check_text(
    text: Content,
    *,
    path: str = "<text>",
    vocabulary: Vocabulary | None = None,
    week_starts: str = "monday",
    before: LoadedPacks | None = None,
) -> list[Diagnostic]:
    """What is wrong or odd with a pack, in file order; it never raises for content."""
    return _Loading([(path, text)], vocabulary, week_starts, before).diagnostics()


def load_texts(
    texts: Mapping[str, Content],
    *,
    owner: str,
    beside: LoadedPacks,
    week_starts: str = "monday",
    before: LoadedPacks | None = None,
) -> LoadedPacks:
    """Load the packs of one owner, texts by name, for a place beside packs that hold for everybody.

    They speak the vocabulary of `beside`, may refer to its badges, and are free to use its ids:
    outside, their badges are called `owner:badge`. `owner` is 1 to 128 ASCII letters, digits, `-`,
    `_`, `@`, `.`, else ValueError. RulePackError with all diagnostics of the texts where they have
    mistakes; nothing is read again of `beside`. `before` are the owner's packs that these replace.
    """
    require_owner(owner)
    return _Loading(texts.items(), beside.vocabulary, week_starts, before, beside).packs(owner)


def check_texts(
    texts: Mapping[str, Content],
    *,
    owner: str,
    beside: LoadedPacks,
    week_starts: str = "monday",
    before: LoadedPacks | None = None,
) -> list[Diagnostic]:
    """What is wrong or odd with the packs of one owner, by name and line; see `load_texts`.

    It never raises for content. Ids in diagnostics are those that the owner has written.
    """
    require_owner(owner)
    return _Loading(texts.items(), beside.vocabulary, week_starts, before, beside).diagnostics()


def check_paths(
    paths: Paths,
    vocabulary: Vocabulary | None = None,
    *,
    week_starts: str = "monday",
    before: LoadedPacks | None = None,
) -> list[Diagnostic]:
    """What is wrong or odd with files and folders; OSError where one cannot be read."""
    return _Loading(_read_files(paths), vocabulary, week_starts, before).diagnostics()


def shipped_rules() -> Path:
    """The folder of the shipped packs: inside the package in a wheel, else beside it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


@cache
def shipped_vocabulary() -> Vocabulary:
    """The fitness vocabulary that holds where a host names no other."""
    return load_vocabulary(shipped_rules() / "events.yaml")


def load_vocabulary(path: Path | str) -> Vocabulary:
    """Load a vocabulary; RulePackError with all diagnostics, OSError where it cannot be read."""
    file = SourceFile(Path(path).as_posix(), _read_file(Path(path)))
    vocabulary = file.vocabulary()
    if vocabulary is None:
        raise RulePackError(file.report.diagnostics)
    return vocabulary


def check_vocabulary_text(text: Content, *, path: str = "<text>") -> list[Diagnostic]:
    """What is wrong with a vocabulary, in file order; it never raises for content."""
    file = SourceFile(path, text)
    file.vocabulary()
    return sorted(file.report.diagnostics, key=lambda diagnostic: diagnostic.order)


def _read_files(paths: Paths) -> list[tuple[str, Content]]:
    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    files = {file.resolve(): file for path in listed for file in _files(Path(path))}
    return [(file.as_posix(), _read_file(file)) for file in files.values()]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in PACK_FILES and file.is_file())


def _read_file(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _names(packs: LoadedPacks | None) -> dict[str, LocalName]:
    """The names of badges by their plain ids, without those of packs beside."""
    own = () if packs is None else packs.packs
    return {plain_id(badge.id): badge.name for pack in own for badge in pack.badges}


class _Loading:
    """Sources read together: first the rules of all, then what they say of one another."""

    def __init__(
        self,
        sources: Iterable[tuple[str, Content]],
        vocabulary: Vocabulary | None,
        week_starts: str,
        before: LoadedPacks | None,
        beside: LoadedPacks | None = None,
    ) -> None:
        self.beside = beside
        self.vocabulary = shipped_vocabulary() if vocabulary is None else vocabulary
        self.files = [
            SourceFile(path, content, self.vocabulary, week_starts) for path, content in sources
        ]
        drafts = {file: file.pack(vocabularies=beside is None) for file in self.files}
        self.drafts = {file: draft for file, draft in drafts.items() if draft is not None}
        badges = [badge for draft in self.drafts.values() for badge in draft.badges]
        settled = {badge.id: Settled(badge) for badge in (beside.badges if beside else ())}
        self.own = resolve(badges, settled, complete=all(file.complete for file in self.files))
        referents: Mapping[str, Referent] = {**settled, **self.own}
        for file, draft in self.drafts.items():
            with file.giving_up():
                for badge in draft.badges:
                    badge.finish(referents)
        former = _names(before)
        gone = {name: text for name, text in former.items() if name not in self.own}
        for file, draft in self.drafts.items():
            if file.report.has_errors:
                continue
            with file.giving_up():
                for badge, built in draft.finished:
                    advise(badge, built, referents, {} if built.id in former else gone)

    def packs(self, owner: str | None = None) -> LoadedPacks:
        """The packs; RulePackError where anything is wrong with them."""
        found = self.diagnostics()
        errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
        if errors:
            raise RulePackError(errors)
        packs = tuple(
            RulePack(
                path=file.source.path,
                language=draft.language,
                badges=tuple(
                    badge if owner is None else owned_by(owner, badge, self.own)
                    for _, badge in draft.finished
                ),
            )
            for file, draft in self.drafts.items()
        )
        return LoadedPacks(packs, self.vocabulary, tuple(found), self.beside)

    def diagnostics(self) -> list[Diagnostic]:
        """Everything that was found, in file order."""
        found = [diagnostic for file in self.files for diagnostic in file.report.diagnostics]
        return sorted(found, key=lambda diagnostic: diagnostic.order)
