"""Serving an instance: many threads, one process, because the sessions and the data live in it."""

import logging
import signal
from collections.abc import Callable
from types import FrameType

from erpnet.sandbox.app import create_app
from erpnet.sandbox.connection import Server
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.options import SandboxOptions

__all__ = ["SandboxOptions", "build_server", "serve"]

logger = logging.getLogger(__name__)


def build_server(instance: Instance) -> Server:
    """A server that listens already. Raises OSError if the port is taken."""
    return Server(instance.options.host, instance.options.port, create_app(instance))


def serve(options: SandboxOptions, *, ready: Callable[[Instance], None] | None = None) -> None:
    """Serve until the process is told to stop; `ready` is called once the port answers."""
    instance = Instance(options)
    server = build_server(instance)

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        if ready:
            ready(instance)
        server.serve_forever()
    except KeyboardInterrupt:
        logger.info("The sandbox stops.")
    finally:
        server.server_close()
        instance.close()
