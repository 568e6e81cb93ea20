"""`$metadata`: the service described as CSDL 4.0, made from the model, so that it never says more than is served.

Standard: https://docs.oasis-open.org/odata/odata/v4.0/odata-v4.0-part3-csdl.html
"""

from functools import lru_cache
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Model
from erpnet.sandbox.odata.metadata.container import add_container
from erpnet.sandbox.odata.metadata.operations import add_operations
from erpnet.sandbox.odata.metadata.types import add_complex_types, add_entity_types, add_enum_types
from erpnet.sandbox.odata.metadata.xml import EDM, EDMX, NAMESPACE, add

CONTENT_TYPE = "application/xml"


def edmx(instance: Instance) -> bytes:
    """The metadata document of an instance, to be sent as `CONTENT_TYPE`."""
    return _document(instance.model)


@lru_cache(maxsize=2)
def _document(model: Model) -> bytes:
    root = Element("edmx:Edmx", {"xmlns:edmx": EDMX, "Version": "4.0"})
    schema = add(SubElement(root, "edmx:DataServices"), "Schema", xmlns=EDM, Namespace=NAMESPACE)
    add_enum_types(schema)
    add_complex_types(schema)
    add_entity_types(schema, model)
    add_operations(schema)
    add_container(schema, model)
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)
