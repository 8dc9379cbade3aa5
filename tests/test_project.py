"""The project as a package: what it ships, what it needs, and what it must not say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

MACHINE_PATH = re.compile(r"(?<![\w.}*])/(?:work|tmp|root|home|opt)/")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npm")

OPTIONAL = {
    "django",
    "jinja2",
    "numba",
    "numpy",
    "pyarrow",
    "pyspark",
    "rest_framework",
    "rich",
    "ruamel",
    "sqlalchemy",
    "typer",
}


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as opened:
        yield opened


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked() -> dict[str, set[str]]:
    """Return the versions that the lock holds, by the name of the package."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.!+-]+)", lock(), flags=re.MULTILINE):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_wheel_holds_the_shipped_packs_inside_the_package(wheel: zipfile.ZipFile) -> None:
    packs = {path.name for path in (ROOT / "rules").iterdir()}
    assert packs
    assert packs == {
        Path(name).name for name in wheel.namelist() if name.startswith("badge_engine/rules/")
    }


def test_wheel_holds_every_module_and_nothing_beside_the_two_packages(
    wheel: zipfile.ZipFile,
) -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("badge_engine", "django_adapter")
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules <= set(wheel.namelist())
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "badge_engine",
        "django_adapter",
    }


def test_wheel_says_that_the_library_is_typed(wheel: zipfile.ZipFile) -> None:
    assert "badge_engine/py.typed" in wheel.namelist()


def test_wheel_needs_three_packages_and_no_more(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    needs = message_from_bytes(wheel.read(name)).get_all("Requires-Dist", [])
    always = {Requirement(need).name for need in needs if "extra ==" not in need}
    assert always == {"pydantic", "pyyaml", "tzdata"}


def test_importing_the_library_imports_no_optional_package() -> None:
    loaded = run(sys.executable, "-c", "import badge_engine, sys; print(*sys.modules)").split()
    assert "badge_engine" in loaded
    assert OPTIONAL.isdisjoint({name.split(".")[0] for name in loaded})


def test_lock_pins_a_permitted_version_of_every_direct_dependency() -> None:
    declared = project()
    extras = declared["project"]["optional-dependencies"]
    groups = declared["dependency-groups"]
    needs = [
        Requirement(need)
        for need in (
            *declared["project"]["dependencies"],
            *(need for extra in ("cli", "sql", "django", "bulk") for need in extras[extra]),
            *(need for group in groups.values() for need in group if isinstance(need, str)),
        )
    ]
    pins = locked()
    for need in needs:
        versions = pins.get(canonicalize_name(need.name), set())
        assert any(need.specifier.contains(version) for version in versions), need


def test_lock_holds_no_address() -> None:
    assert "://" not in lock()
    assert not re.search(r"^--", lock(), flags=re.MULTILINE)


@pytest.mark.parametrize("said", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_file_names_the_machine_it_was_written_on(said: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if said.search(line)
    ]
    assert found == []
