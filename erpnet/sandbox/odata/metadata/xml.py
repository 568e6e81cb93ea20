"""The names that the elements of the metadata document stand under."""

from xml.etree.ElementTree import Element, SubElement

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
NAMESPACE = "Erp"


def add(parent: Element, tag: str, **attributes: str | bool | None) -> Element:
    """An element under `parent`. Attributes that are None are left out; true and false are written in small."""
    written = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in attributes.items()
        if value is not None
    }
    return SubElement(parent, tag, written)


def annotate(element: Element, term: str) -> None:
    """Say that a term of the standard's core vocabulary is true of an element."""
    add(element, "Annotation", Term=f"Org.OData.Core.V1.{term}", Bool=True)


def full(name: str) -> str:
    """The name of a type of the service with its namespace."""
    return f"{NAMESPACE}.{name}"
