"""What is sent to ERP.net when an entity is written: its fields checked against its sources and the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from erpnet.entities.kinds import LINK, Source
from erpnet.model import AttributeData, EntityData, ReferenceData, entities, entity_of
from erpnet.values import Referable, Reference, to_json

if TYPE_CHECKING:
    from erpnet.entities.base import Entity

# Set by ERP.net alone, though the model does not flag them. A version is sent by `object_version=`.
_OWN_TO_ERPNET = {"Id", "ObjectVersion", "AggregateLastUpdateTimeUtc"}


def body_of(entity: type[Entity], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body that sets `fields`, which go by their names in the dataclass.

    Raises TypeError for a field that is not there, that ERP.net alone sets, or that takes another type of value;
    ValueError for a value that ERP.net does not know.
    """
    sources = {source.field: source for source in entity.SOURCES}
    unknown = [field for field in fields if field not in sources]
    if unknown:
        raise TypeError(f"{entity.__name__} has no {', '.join(unknown)}; it has {', '.join(sources)}.")
    model = entity_of(entity.ENTITY_SET)
    body = {}
    for field, value in fields.items():
        try:
            body[sources[field].name] = _written(sources[field], value, model)
        except _Unfit as unfit:
            raise TypeError(f"{entity.__name__}.{field} {unfit}.") from None
        except ValueError as fault:
            raise ValueError(f"{entity.__name__}.{field}: {fault}") from None
    return body


class _Unfit(Exception):
    """Why a field cannot be set like this, to follow its name."""


def _written(source: Source, value: Any, model: EntityData | None) -> Any:
    """`value` as JSON has it. What the model data does not describe is not checked against it."""
    attribute: AttributeData = model["attributes"].get(source.name, {}) if model else {}
    reference: ReferenceData = model["references"].get(source.name, {}) if model else {}
    if _is_read_only(source.name, attribute, reference):
        raise _Unfit("is set by ERP.net alone")
    if value is None:
        described = attribute or reference
        if source.null and (not described or described.get("nullable")):
            return None
        raise _Unfit(f"takes {source.kind.wants}, and cannot be empty")
    if source.kind.types == LINK.types and isinstance(value, Referable):
        value = value.reference
    if not source.kind.takes(value):
        raise _Unfit(f"takes {source.kind.wants}, not {type(value).__name__}")
    if source.child is not None and not isinstance(value, Reference):
        return [body_of(source.child, fields) for fields in value]
    if attribute.get("values") and value not in attribute["values"]:
        raise ValueError(f"{value!r} is none of {', '.join(attribute['values'])}.")
    if isinstance(value, Reference) and reference and not _fits(value, reference["target"]):
        raise _Unfit(f"refers to {reference['target'].replace('.', '_')}, not to {value.entity_set}")
    return _json(value)


def _is_read_only(name: str, attribute: AttributeData, reference: ReferenceData) -> bool:
    """Whether ERP.net computes or keeps it itself."""
    return (
        name in _OWN_TO_ERPNET
        or bool(attribute.get("readonly") or reference.get("readonly"))
        or attribute.get("category") == "Calculated Attributes"
    )


def _fits(value: Reference, target: str) -> bool:
    """Whether the object is a `target` or an heir of it. What the model data does not hold gets the benefit."""
    name = next((name for name, one in entities().items() if one["entity_set"] == value.entity_set), None)
    if name is None:
        return True
    while name is not None and name != target:
        name = entities()[name].get("inherits") if name in entities() else None
    return name == target


def _json(value: Any) -> Any:
    match value:
        case str() | bool() | int():
            return value
        case UUID():
            return str(value)
        case Mapping():
            return dict(value)
        case _:
            return to_json(value)
