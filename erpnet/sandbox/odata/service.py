"""The OData service: from a request under its root to an answer."""

import re
from typing import Any

import orjson
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.instance import VERSION, Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata import write
from erpnet.sandbox.odata.access import claims_of
from erpnet.sandbox.odata.documents import ACTIONS
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.metadata import CONTENT_TYPE, edmx
from erpnet.sandbox.odata.options import flags_of
from erpnet.sandbox.odata.query import count_of, read_set, shape_from
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.renames import RENAMES
from erpnet.sandbox.values import odata_id

ABOUT = {"", "$metadata", "GetVersion", "GetRenamedEntityTypes"}

_RESOURCE = re.compile(
    r"(?P<set>\w+)(?:\((?P<key>[0-9a-fA-F-]{36})\)(?:/(?P<action>\w+))?|/(?P<count>\$count))?"
)


def answer(instance: Instance, request: Request, resource: str = "") -> Response:
    try:
        claims = claims_of(instance, request)
        with instance.limits.admit(request, claims), instance.store.lock:
            return _Call(instance, request).answer(resource)
    except (ODataError, Refusal) as error:
        return error.response()


class _Call:
    def __init__(self, instance: Instance, request: Request) -> None:
        self._instance = instance
        self._request = request
        self._exact = "ieee754compatible=true" in request.headers.get("Accept", "").lower()
        self._serializer = Serializer(
            instance.store,
            exact_numbers=self._exact,
            skip_nulls="skipnulls" in flags_of(request.args),
        )

    def answer(self, resource: str) -> Response:
        method = self._request.method
        if method == "GET" and resource in ABOUT:
            return self._about(resource)
        match = _RESOURCE.fullmatch(resource)
        if match is None:
            raise ODataError(f"Resource not found for the segment '{resource}'.", status=404)
        entity = self._entity(match["set"])
        key = match["key"].lower() if match["key"] else None
        match method, key, match["action"]:
            case "GET", None, None if match["count"]:
                rows = count_of(self._instance, self._serializer.store, entity, self._request.args)
                return Response(str(rows), content_type="text/plain", headers={"OData-Version": "4.0"})
            case "GET", None, None:
                args = self._request.args
                return self._json(read_set(self._instance, entity, args, self._serializer))
            case "GET", str(), None:
                return self._json(self._object(entity, key))
            case "POST", None, None:
                row, is_new = write.create(self._instance, entity, write.body_of(self._request))
                content = self._object(entity, row["Id"])
                return self._json(content, 201 if is_new else 200, Location=content["@odata.id"])
            case "PATCH", str(), None:
                write.update(self._instance, entity, key, write.body_of(self._request))
                return Response(status=204)
            case "DELETE", str(), None:
                write.delete(self._instance, entity, key)
                return Response(status=204)
            case "POST", str(), str() as action if action in entity.methods and action in ACTIONS:
                ACTIONS[action](self._instance, entity, key, write.body_of(self._request))
                return Response(status=204)
        raise ODataError(f"'{method} {resource}' is not something that this service does.", status=404)

    def _entity(self, name: str) -> Entity:
        entity = self._instance.model.of_set(name)
        if entity:
            return entity
        for old, new, _ in RENAMES:
            if old == name:
                raise Refusal(
                    f"The provided entity set name '{old}' is no more supported.\n"
                    f"The new name of this entity is '{new}'.\n"
                    f"List of all entity renames can be found at {self._instance.odata_root}GetRenamedEntityTypes."
                )
        raise ODataError(f"Resource not found for the segment '{name}'.", status=404)

    def _object(self, entity: Entity, key: str) -> dict[str, Any]:
        found = None if entity.is_view else self._instance.store.find(entity, key)
        if found is None:
            raise ODataError(f"There is no {odata_id(entity.entity_set, key)}.", status=404)
        shape = shape_from(self._instance, entity, self._request.args)
        context = f"{self._instance.odata_root}$metadata#{entity.entity_set}/$entity"
        return {"@odata.context": context, **self._serializer.sent(*found, shape)}

    def _about(self, resource: str) -> Response:
        """The service document, the metadata, and the two functions that tell of versions and names."""
        if resource == "$metadata":
            return Response(edmx(self._instance), content_type=CONTENT_TYPE, headers={"OData-Version": "4.0"})
        context = f"{self._instance.odata_root}$metadata"
        if resource == "GetVersion":
            return self._json({"@odata.context": f"{context}#Erp.OpenObject", "version": VERSION})
        if resource == "GetRenamedEntityTypes":
            renames = [
                dict(zip(("OldName", "NewName", "Version"), rename, strict=True)) for rename in RENAMES
            ]
            return self._json({"@odata.context": f"{context}#Collection(Erp.OpenObject)", "value": renames})
        sets = sorted(entity.entity_set for entity in self._instance.model.entities.values())
        return self._json(
            {
                "@odata.context": context,
                "value": [{"name": name, "kind": "EntitySet", "url": name} for name in sets],
            }
        )

    def _json(self, content: object, status: int = 200, **headers: str) -> Response:
        exact = ";IEEE754Compatible=true" if self._exact else ""
        response = Response(
            orjson.dumps(content),
            status,
            headers,
            content_type=f"application/json;odata.metadata=minimal{exact}",
        )
        response.headers["OData-Version"] = "4.0"
        return response
