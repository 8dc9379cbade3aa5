"""Change one place of the library at a time and see whether a test notices.

`python -m tests.mutants --sample 100 --seed 1 --paths badge_engine/semantics` works on copies of
the tree in temporary folders. It prints each change that no test notices, and then exits with
status 1. `docs/testing.md` names those that cannot be told apart from the original.
"""

from __future__ import annotations

import argparse
import ast
import copy
import difflib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from random import Random

from tests.postgres import private_server

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("badge_engine", "tests", "rules", "examples", "docs")


@dataclass(frozen=True)
class Judges:
    """Tests that must notice a change, the quickest killers first: pytest ends at a failure.

    Of these only those that the expression `chosen` selects.
    """

    tests: Sequence[str]
    chosen: str = ""


def files(folder: str, names: str) -> list[str]:
    """Test files of a folder by the words in their names."""
    return [f"{folder}/test_{name}.py" for name in names.split()]


def parts(test: str, count: int) -> list[str]:
    """The first parts of a test that is divided by number."""
    return [f"{test}[{number}]" for number in range(count)]


IN_MEMORY = "not sqlite and not postgresql"
MACHINE = "tests/engine/test_machine.py::test_the_engine_in_memory_does_what_the_model_does"
OF_SEMANTICS = Judges(
    [
        *files("tests/semantics", "streaks evaluation readings late_days rule_versions intake"),
        "tests/test_scenarios.py",
        "tests/test_agreement.py::test_a_former_disagreement",
        *parts("tests/test_agreement.py::test_the_library_agrees_with_the_oracle", 4),
        "tests/semantics/test_long_histories.py",
    ],
    "not (test_scenarios and oracle)",
)
OF_ENGINE = Judges(
    [
        *files("tests/engine", "states corrections celebration hidden doors rulebook logs"),
        *files("tests/engine", "backfill faults poison laws"),
        *parts(MACHINE, 4),
    ],
    IN_MEMORY,
)
OF_MEMORY = Judges(
    [
        "tests/stores/test_conformance.py::TestMemory",
        *files("tests/engine", "corrections doors laws"),
    ],
    IN_MEMORY,
)
OF_DATABASES = Judges(
    [
        *files("tests/stores", "sqlalchemy sqlalchemy_schema sqlalchemy_trips"),
        *files("tests/stores", "sqlalchemy_conformance sqlalchemy_poison sqlalchemy_faults"),
        "tests/test_concurrency.py",
    ]
)
JUDGES: Mapping[str, Judges] = {
    "badge_engine/engine": OF_ENGINE,
    "badge_engine/stores/memory.py": OF_MEMORY,
    "badge_engine/stores/sqlalchemy": OF_DATABASES,
}


def judges_of(path: Path) -> Judges:
    """The tests that judge a file; of a file that is not listed, those of the meaning."""
    for place, judges in JUDGES.items():
        if path.is_relative_to(place):
            return judges
    return OF_SEMANTICS


PLUGIN = "tests.postgres_plugin"
SECONDS = 600

COMPARISONS: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
FUNCTIONS = {"min": "max", "max": "min", "ceil": "floor", "floor": "ceil", "any": "all"}


@dataclass(frozen=True)
class Mutant:
    """One file with one place changed; `line` counts from 1."""

    path: Path
    line: int
    text: str

    def diff(self) -> str:
        """The lines before and after the change."""
        before = (ROOT / self.path).read_text(encoding="utf-8").splitlines()
        changed = difflib.ndiff(before, self.text.splitlines())
        return "\n".join(line for line in changed if line[0] in "-+")


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file, given by its path in the project."""
    text = (ROOT / path).read_text(encoding="utf-8")
    for node in changeable(ast.parse(text)):
        for changed in changes(node):
            yield Mutant(path, node.lineno, replaced(text, node, changed))


def changeable(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes below one that run: no annotations, decorators, texts for people or assertions."""
    if isinstance(node, ast.JoinedStr | ast.Assert | ast.Raise | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.expr | ast.stmt):
        yield node
    silent = ("annotation", "returns", "decorator_list")
    for name, value in ast.iter_fields(node):
        if name not in silent:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from changeable(child)


def changes(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            ops = [*node.ops]
            ops[place] = COMPARISONS[type(operator)]()
            yield changed(node, ops=ops)
    elif isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        yield changed(node, op=OPERATORS[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from other_constants(node)
    elif isinstance(node, ast.Call):
        yield from other_calls(node)
    elif isinstance(node, ast.IfExp | ast.If | ast.While) and isinstance(node.test, ast.Name):
        yield changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    yield from other_statements(node)


def other_constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


def other_calls(node: ast.Call) -> Iterator[ast.AST]:
    if not isinstance(node.func, ast.Name):
        return
    if node.func.id in FUNCTIONS:
        yield changed(node, func=ast.Name(FUNCTIONS[node.func.id]))
    if node.func.id == "range":
        for place, bound in enumerate(node.args):
            args = [*node.args]
            args[place] = ast.BinOp(bound, ast.Add(), ast.Constant(1))
            yield changed(node, args=args)


def other_statements(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:
    if isinstance(node, ast.Return) and node.value is not None:
        if not isinstance(node.value, ast.Constant | ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield changed(node, value=ast.Constant(None))
    elif isinstance(node, ast.Break | ast.Continue | ast.AugAssign):
        yield ast.Pass()
    elif isinstance(node, ast.Assign):
        if not isinstance(node.targets[0], ast.Name | ast.Tuple):
            yield ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()


def changed(node: ast.AST, **parts: object) -> ast.AST:
    twin = copy.copy(node)
    for name, part in parts.items():
        setattr(twin, name, part)
    return twin


def replaced(text: str, node: ast.expr | ast.stmt, changed: ast.AST) -> str:
    """The text with the node written anew."""
    lines = text.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    first, last = lines[node.lineno - 1].encode(), lines[node.end_lineno - 1].encode()
    indent = " " * node.col_offset
    written = ast.unparse(ast.fix_missing_locations(changed)).replace("\n", f"\n{indent}")
    if isinstance(node, ast.expr):
        written = f"({written})"
    middle = first[: node.col_offset].decode() + written + last[node.end_col_offset :].decode()
    return "".join([*lines[: node.lineno - 1], middle, *lines[node.end_lineno :]])


# Running


def copied(folder: Path) -> Path:
    """A tree to change, with the paths that its tests look for."""
    for name in COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    return folder


def tested(folder: Path, judges: Judges, database: str) -> str:
    """How the tests of a tree end: `killed`, `timeout`, or `survived`.

    What they leave running is ended.
    """
    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", f"addopts=-p {PLUGIN}"]
    command = [sys.executable, "-m", "pytest", *options, "-k", judges.chosen, *judges.tests]
    environment = os.environ | {
        "PYTHONDONTWRITEBYTECODE": "1",
        "CI": "1",
        "DATABASE_URL": database,
    }
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as running:
        try:
            return "killed" if running.wait(SECONDS) else "survived"
        except subprocess.TimeoutExpired:
            return "timeout"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)


def verdict(mutant: Mutant, folder: Path, judges: Judges, database: str) -> str:
    """Whether the tests notice a mutant in a tree, which is as before afterwards."""
    place, before = folder / mutant.path, folder / "before"
    shutil.copy2(place, before)
    place.write_text(mutant.text, encoding="utf-8")
    try:
        return tested(folder, judges, database)
    finally:
        shutil.copy2(before, place)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def sampled(paths: Sequence[Path], sample: int, seed: int) -> list[Mutant]:
    """Some mutants of all files under the paths, chosen by the seed."""
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    found = [one for file in sorted(files) for one in mutants_of(file.relative_to(ROOT))]
    say(f"{len(found)} mutants of {len(files)} files")
    return Random(seed).sample(found, min(sample, len(found)))


def run(chosen: Sequence[Mutant], jobs: int, database: str) -> int:
    with tempfile.TemporaryDirectory() as parent:
        folders: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            folders.put(copied(Path(parent) / str(number)))
        folder = folders.get()
        paths = [mutant.path for mutant in chosen]
        for judges in {id(judges): judges for judges in map(judges_of, paths)}.values():
            if tested(folder, judges, database) != "survived":
                say("the tests fail without any change; mend that first")
                return 2
        folders.put(folder)

        def judge(mutant: Mutant) -> str:
            place = folders.get()
            try:
                return verdict(mutant, place, judges_of(mutant.path), database)
            finally:
                folders.put(place)

        verdicts = []
        with ThreadPoolExecutor(jobs) as pool:
            for mutant, said in zip(chosen, pool.map(judge, chosen), strict=True):
                verdicts.append(said)
                if said == "survived":
                    say(f"--- {mutant.path}:{mutant.line} survived\n{mutant.diff()}")
    counts = {said: verdicts.count(said) for said in ("killed", "timeout", "survived")}
    say(", ".join(f"{count} {said}" for said, count in counts.items()))
    return 1 if counts["survived"] else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--paths", nargs="+", default=["badge_engine/semantics"])
    said = parser.parse_args(arguments)
    paths = [ROOT / path for path in said.paths]
    with private_server() as server:
        return run(sampled(paths, said.sample, said.seed), said.jobs, server.url)


if __name__ == "__main__":
    sys.exit(main())
