"""The demo's folder: its secrets, what has been done already, its logs, and the lock that keeps a second demo out."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO


class AlreadyRuns(Exception):
    """Another demo uses this folder."""


@dataclass(frozen=True)
class State:
    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def redis(self) -> Path:
        return self.folder / "redis"

    @property
    def sandbox(self) -> Path:
        return self.folder / "sandbox"

    @property
    def static(self) -> Path:
        return self.folder / "static"

    @property
    def mails(self) -> Path:
        """What the portal sends, one file a mail."""
        return self.folder / "mails"

    @property
    def people(self) -> Path:
        return self.folder / "people.json"

    @property
    def environment(self) -> Path:
        """For a shell to read: with it `manage.py` reaches the portal that runs on this folder."""
        return self.folder / "environment"

    @property
    def application_secret_file(self) -> Path:
        return self._secret_file("application-secret")

    @cached_property
    def application_secret(self) -> str:
        return self.application_secret_file.read_text()

    @cached_property
    def django_key(self) -> str:
        return self._secret_file("django-key").read_text()

    @cached_property
    def redis_password(self) -> str:
        return self._secret_file("redis-password").read_text()

    def _secret_file(self, name: str) -> Path:
        """A file with a random secret that this user alone can read, made on first use."""
        path = self.folder / name
        if not path.exists():
            _write_privately(path, secrets.token_urlsafe(48))
        return path

    def write_environment(self, variables: Mapping[str, str]) -> None:
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
        self.environment.unlink(missing_ok=True)
        _write_privately(self.environment, "".join(lines))

    # -- What is done already ------------------------------------------------------------------------------------------

    def once(self, name: str, version: str, action: Callable[[], None]) -> bool:
        """Do `action` unless it was done for this `version`; tells whether it was done now."""
        stamp = self.folder / "done" / name
        if stamp.exists() and stamp.read_text() == version:
            return False
        action()
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(version)
        return True

    # -- One demo at a time --------------------------------------------------------------------------------------------

    def lock(self) -> IO[str]:
        """The lock, held while the file stays open; AlreadyRuns if another process holds it."""
        file = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRuns(
                f"The demo already runs on {self.folder} (process {holder}). Stop it there with Ctrl-C first."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def people_list(self) -> list[dict[str, str | bool]]:
        people: list[dict[str, str | bool]] = json.loads(self.people.read_text())
        return people


def _write_privately(path: Path, text: str) -> None:
    """A new file that this user alone can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def digest_of(paths: Iterable[Path]) -> str:
    """A digest of the files' names, sizes and times of change."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        facts = path.stat()
        digest.update(f"{path}|{facts.st_size}|{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
