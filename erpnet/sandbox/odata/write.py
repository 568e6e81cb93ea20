"""Creating, changing and deleting objects with what belongs to them, all or nothing.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/index.html
"""

import json
from decimal import Decimal

from werkzeug.wrappers import Request

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.rules import forbid_change
from erpnet.sandbox.odata.writer import Data, Writer
from erpnet.sandbox.store import Work
from erpnet.sandbox.values import Row, odata_id


def body_of(request: Request) -> Data:
    """The JSON object of a request; decimals stay exact."""
    try:
        content = json.loads(request.get_data() or b"{}", parse_float=Decimal)
    except ValueError:
        raise ODataError("The body of the request is not JSON.") from None
    if not isinstance(content, dict):
        raise ODataError("The body of the request is not a JSON object.")
    return content


def create(instance: Instance, entity: Entity, data: Data) -> tuple[Row, bool]:
    """Carry out a POST; answers the object's row and whether it is new."""
    if entity.is_view:
        raise Refusal(f"{entity.name} is a view: nothing can be added to it.")
    writer = Writer(instance)
    found = writer.save(entity, data, data.get("@erpnet.action", "create"))
    if found is None:
        raise ODataError("There is no such object.", status=404)
    saved, row = found
    is_new = writer.work.stored(saved.name, row["Id"]) is None
    writer.commit()
    return row, is_new


def update(instance: Instance, entity: Entity, key: str, data: Data) -> None:
    found = instance.store.find(entity, key)
    if found is None:
        raise ODataError(f"There is no {odata_id(entity.entity_set, key)}.", status=404)
    writer = Writer(instance)
    writer.change(*found, data)
    writer.commit()


def delete(instance: Instance, entity: Entity, key: str) -> None:
    """Delete an object with its child rows; a document only while it is new."""
    found = instance.store.find(entity, key)
    if found is None:
        raise ODataError(f"There is no {odata_id(entity.entity_set, key)}.", status=404)
    work = Work(instance.store)
    forbid_change(work, *found, deleting=True)
    for name in found[0].collections.values():
        child = instance.model.get(name)
        if child and child.root == found[0].name:
            for row in work.children(child, key):
                work.remove(child, row)
    work.remove(*found)
    work.commit()
