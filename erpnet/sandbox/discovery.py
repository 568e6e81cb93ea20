"""Site discovery: where the instance's parts are.

Docs: https://docs.erp.net/dev/building-apps/concepts/application-server-endpoints.html
"""

from urllib.parse import urlsplit

import orjson
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.instance import DATABASE, Instance


def front_page(instance: Instance, request: Request) -> Response:
    return redirect("/sandbox")


def sites(instance: Instance, request: Request) -> Response:
    content = {
        "Host": urlsplit(instance.url).hostname,
        "DbName": DATABASE,
        "WebSites": [
            _site("ID", instance.issuer, system=True),
            _site("DomainAPI", f"{instance.url}/api", ODataServiceRoot=instance.odata_root),
        ],
    }
    return Response(orjson.dumps(content), content_type="application/json")


def _site(kind: str, url: str, *, system: bool = False, **more: str) -> dict[str, object]:
    return {
        "Type": kind,
        "Status": "Working",
        "StatusDescription": "",
        "Url": url,
        "System": system,
        "AdditionalProperties": more,
    }
