"""The RSA keys that sign tokens: made once and kept in the state folder."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, RSAKey

KEY_BITS = 2048
KEPT_SECONDS = 3600  # As long as the last token signed with an old key can live.

_PEM = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----\s*", re.DOTALL)


class SigningKeys:
    """The key in use, and all that a client may still need to check a token with."""

    def __init__(self, folder: Path | None) -> None:
        self.clock: Callable[[], float] = time.time
        self._file = folder / "signing-key.pem" if folder else None
        kept = _PEM.findall(self._file.read_bytes()) if self._file and self._file.exists() else []
        self._keys = [_named(RSAKey.import_key(one)) for one in kept]
        self._ends = {str(key.kid): self.clock() + KEPT_SECONDS for key in self._keys[:-1]}
        if not self._keys:
            self.rotate()

    @property
    def current(self) -> RSAKey:
        return self._keys[-1]

    def rotate(self) -> None:
        """Sign with a new key from now on. The one before is published for another hour: its tokens stay good."""
        if self._keys:
            self._ends[str(self.current.kid)] = self.clock() + KEPT_SECONDS
        self._keys = [*self._valid(), _named(RSAKey.generate_key(KEY_BITS))]
        if self._file:
            self._file.touch(mode=0o600)
            self._file.write_bytes(b"".join(key.as_pem(private=True) for key in self._keys))

    def withdraw(self) -> None:
        """Rotate as after a theft: nothing but the new key is good from now on."""
        self._keys = []
        self.rotate()

    def all(self) -> KeySet:
        return KeySet(list(self._valid()))

    def published(self) -> dict[str, Any]:
        """The public keys as a JWK set."""
        return {
            "keys": [{**key.as_dict(private=False), "alg": "RS256", "use": "sig"} for key in self._valid()]
        }

    def _valid(self) -> list[RSAKey]:
        now = self.clock()
        return [key for key in self._keys if self._ends.get(str(key.kid), now) >= now]


def _named(key: RSAKey) -> RSAKey:
    """The same key with an id as ERP.net's: 32 hex digits, the same for the same key."""
    name = key.thumbprint().encode().hex()[:32].upper()
    return RSAKey.import_key(key.as_pem(private=True), {"kid": name})
