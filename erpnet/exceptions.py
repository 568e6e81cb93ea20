"""Everything that can go wrong with ERP.net, as one tree. Each error has a `message` fit for a person.

    ErpNetError
    |-- ConfigurationError              the environment, not ERP.net; also a ValueError
    |-- TransientError                  may pass by itself: try again later
    |   |-- Unreachable                 the request never left
    |   |   |-- CircuitOpen             nor was it tried: too much has failed just before; `retry_after`
    |   |   `-- Unanswered              it left, and no whole answer came
    |   |-- RateLimited                 429; `retry_after` in seconds, if ERP.net said so
    |   |-- LicencesExhausted           every licence slot of the instance is taken
    |   |-- ServerFault                 5xx that is not ERP.net's own JSON: a proxy, a restart
    |   `-- TransactionEnded            a transaction that is over, or older than 25 minutes: begin anew
    `-- PermanentError                  trying again changes nothing: somebody has to act
        |-- InvalidClient               wrong application URI or secret, or not a service
        |-- InvalidScope                a scope that the Trusted Application does not have
        |-- Unauthorized                401 with a brand-new token
        |-- Forbidden                   403
        |-- NotFound                    404
        |-- Conflict                    the object changed since its ObjectVersion was read
        |-- Rejected                    ERP.net's business rules say no; `code`, `parameters`
        |-- Renamed                     the entity set has a new name: `new_name`
        |-- UnknownSigningKey           a token names a key that the instance does not publish
        `-- MalformedAnswer             an answer that makes no sense here

Which to catch:

* `TransientError` to try again later, no sooner than its `retry_after` where it has one;
* `PermanentError` to tell somebody: `Rejected`, `Conflict` and `NotFound` concern the one object, and their message
  is for the person who changed it; the others concern the application, and are for its staff;
* `ErpNetError` where a call just must not break what is around it.

For a write look at `may_have_happened` first: where it is true ERP.net may have done the work before the answer was
lost, so look before sending it again. It is false for what a transaction lost before its end: that is never saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ErpNetError(Exception):
    """The root. `str(error)` is `error.message`."""

    may_have_happened: bool = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied and pickled by its attributes: not every kind can be made of its message alone."""
        return _bare, (type(self), self.message), vars(self)


def _bare(kind: type[ErpNetError], message: str) -> ErpNetError:
    return kind.__new__(kind, message)


class ConfigurationError(ErpNetError, ValueError):
    """Settings that cannot work. The message lists every fault with its cure."""


class TransientError(ErpNetError):
    """May pass by itself."""


class Unreachable(TransientError):
    """No connection: nothing was sent."""


class CircuitOpen(Unreachable):
    """Nothing was sent, for several requests in a row have failed. One is let through in `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unanswered(Unreachable):
    """The request was sent and no whole answer came. Nobody knows whether ERP.net acted on it."""

    may_have_happened = True


class RateLimited(TransientError):
    """Too many requests. `retry_after` is in seconds; None where ERP.net did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LicencesExhausted(TransientError):
    """No free licence slot for the service's session. An idle session frees its slot after 20 minutes."""


class ServerFault(TransientError):
    """A 5xx without ERP.net's own words: from a proxy, or from a server that is starting or stopping."""

    may_have_happened = True

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TransactionEnded(TransientError):
    """Nothing more can be done in this transaction, and what it has not saved never will be. Another may go well."""


class PermanentError(ErpNetError):
    """Trying again changes nothing."""


class InvalidClient(PermanentError):
    """The Trusted Application is unknown, disabled, has another secret, or may not act as a service."""


class InvalidScope(PermanentError):
    """A scope was asked for that the Trusted Application does not have."""


class Unauthorized(PermanentError):
    """ERP.net refuses the service token although it has just been issued."""


class Forbidden(PermanentError):
    """The service user lacks a right."""


class NotFound(PermanentError):
    """No such object, entity set or address."""


class Conflict(PermanentError):
    """The object changed in ERP.net since the caller read its ObjectVersion. Nothing was overwritten."""


class Rejected(PermanentError):
    """ERP.net understood and said no. `code` is its number (2129: a duplicate) or OAuth's word."""

    def __init__(
        self, message: str, *, code: int | str | None = None, parameters: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.parameters = tuple(parameters)


class Renamed(PermanentError):
    """The entity set is called `new_name` in this version of ERP.net."""

    def __init__(self, message: str, *, new_name: str) -> None:
        super().__init__(message)
        self.new_name = new_name


class UnknownSigningKey(PermanentError):
    """No published key of the instance fits the token."""


class MalformedAnswer(PermanentError):
    """Not what the documentation promises: no JSON, a redirect, no Id, a link to another host."""
