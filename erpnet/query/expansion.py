"""What $expand and expandgroup hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from erpnet.query.names import checked_name, checked_path


@dataclass(frozen=True, slots=True, repr=False)
class Expansion:
    """A reference or child list to load along, with the attributes wanted of it and what to load along with it.

        Expansion("Lines", ["Quantity"], [Expansion("Product", ["Name"])])

    Without `select` ERP.net sends its default attributes. A name has slashes only as the key of a group.
    Docs: https://docs.erp.net/dev/domain-api/common-tasks/query-examples.html
    """

    name: str
    select: Sequence[str] = ()
    expand: Sequence[Expansion] = ()

    def __post_init__(self) -> None:
        checked_path(self.name)
        object.__setattr__(self, "select", selected(self.select))
        object.__setattr__(self, "expand", expanded(self.expand))
        for nested in self.expand:
            checked_name(nested.name)

    def __str__(self) -> str:
        options = [f"$select={','.join(self.select)}"] if self.select else []
        if self.expand:
            options.append(f"$expand={','.join(map(str, self.expand))}")
        return f"{self.name}({';'.join(options)})" if options else self.name

    def __repr__(self) -> str:
        return f"Expansion({described(self)})"


def selected(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each of which can be one. Raises TypeError for a single text, whose letters are none."""
    if isinstance(names, str):
        raise TypeError(f"select takes several names: [{names!r}].")
    return tuple(map(checked_name, names))


def expanded(expansions: Sequence[Expansion]) -> tuple[Expansion, ...]:
    """The expansions. Raises TypeError for what is none, such as a name alone."""
    for one in expansions:
        if not isinstance(one, Expansion):
            raise TypeError(
                f"expand takes Expansions, such as [Expansion('Lines', ['Quantity'])], not {one!r}."
            )
    return tuple(expansions)


def described(expansion: Expansion) -> str:
    """The arguments that make it: `'Lines', select=['Quantity']`."""
    words = [repr(expansion.name)]
    if expansion.select:
        words.append(f"select={list(expansion.select)!r}")
    if expansion.expand:
        words.append(f"expand={list(expansion.expand)!r}")
    return ", ".join(words)
