"""A small instance for tests, in a thread and on a free port.

with running_instance() as sandbox:
    api = DomainApi(sandbox.application())
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from erpnet.config import TrustedApplication
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.options import SandboxOptions
from erpnet.sandbox.server import build_server

PORTAL_URL = "http://localhost:8000"
OPTIONS = SandboxOptions(
    application_uri="portal.test",
    application_secret="a secret for tests alone",
    login_urls=(f"{PORTAL_URL}/signin-callback",),
    logout_urls=(f"{PORTAL_URL}/signout-callback",),
    orders=60,
    balances=300,
    licences=1000,
)


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """An instance that answers at `url`. Tests may look at and change its insides through `instance`."""

    instance: Instance

    @property
    def url(self) -> str:
        return self.instance.url

    def application(self, **changes: Any) -> TrustedApplication:
        """The Trusted Application as its owner configures it."""
        options = self.instance.options
        fields = {
            "instance_url": self.url,
            "application_uri": options.application_uri,
            "application_secret": options.application_secret,
            "impersonate_login_urls": options.login_urls,
            "impersonate_logout_urls": options.logout_urls,
            "scope": tuple(options.scope.split()),
        }
        return TrustedApplication(**{**fields, **changes})


@contextmanager
def running_instance(**changes: Any) -> Iterator[RunningInstance]:
    """Run an instance with `OPTIONS`, changed as given."""
    options = replace(OPTIONS, port=_free_port(), **changes)
    instance = Instance(options)
    server = build_server(instance)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield RunningInstance(instance)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        instance.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((OPTIONS.host, 0))
        return int(probe.getsockname()[1])
