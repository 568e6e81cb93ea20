"""What the requests of a batch will have answered once it has been sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from erpnet.answers import raise_for_status, read_written_object
from erpnet.exceptions import ErpNetError
from erpnet.query import checked_name
from erpnet.transport import Answer

T = TypeVar("T")


class Pending(Generic[T]):
    """The answer to one request of a batch, once the batch has been sent."""

    def __init__(self, read: Callable[[Answer], T]) -> None:
        self._read = read
        self._answer: Answer | None = None
        self._error: ErpNetError | None = None

    def __repr__(self) -> str:
        state = "answered" if self._answer else "no answer yet"
        return f"<{type(self).__name__}, {state if self._error is None else repr(self._error)}>"

    def result(self) -> T:
        """What the request answered. Raises its error; for a change that of its whole changeset."""
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise RuntimeError("This has not been sent with its batch.")
        return self._read(self._answer)

    def take(self, answer: Answer) -> None:
        """Keep the answer to this request, whatever it is."""
        try:
            raise_for_status(answer)
        except ErpNetError as error:
            self.fail(error)
        else:
            self._answer = answer

    def fail(self, error: ErpNetError) -> None:
        """Keep an error in the place of an answer."""
        self._error = error


class Created(Pending[dict[str, Any]]):
    """An object that a changeset creates: later changes of it reach the object, and `order / "Lines"`."""

    def __init__(self, content_id: str) -> None:
        super().__init__(read_written_object)
        self.path = f"${content_id}"

    def __truediv__(self, name: str) -> Children:
        return Children(self, checked_name(name))


@dataclass(frozen=True, slots=True)
class Children:
    """A child list of an object that a changeset creates."""

    owner: Created
    name: str
