"""The RSA keys that sign tokens: made once and kept in the state folder."""

from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, RSAKey

KEY_BITS = 2048


class SigningKeys:
    """The key in use, and all that a client may still need to check a token with."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "signing-key.pem" if folder else None
        if self._file and self._file.exists():
            self._keys = [_named(RSAKey.import_key(self._file.read_bytes()))]
        else:
            self._keys = []
            self.rotate()

    @property
    def current(self) -> RSAKey:
        return self._keys[-1]

    def rotate(self) -> None:
        """Sign with a new key from now on; tokens signed with the one before stay good."""
        self._keys = [*self._keys[-1:], _named(RSAKey.generate_key(KEY_BITS))]
        if self._file:
            self._file.touch(mode=0o600)
            self._file.write_bytes(self.current.as_pem(private=True))

    def all(self) -> KeySet:
        return KeySet(list(self._keys))

    def published(self) -> dict[str, Any]:
        """The public keys as a JWK set."""
        return {"keys": [{**key.as_dict(private=False), "alg": "RS256", "use": "sig"} for key in self._keys]}


def _named(key: RSAKey) -> RSAKey:
    """The same key with an id as ERP.net's: 32 hex digits, the same for the same key."""
    name = key.thumbprint().encode().hex()[:32].upper()
    return RSAKey.import_key(key.as_pem(private=True), {"kid": name})
