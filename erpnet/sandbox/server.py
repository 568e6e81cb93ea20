"""Serving an instance: many threads, one process, because the sessions and the data live in it."""

import logging
import signal
from collections.abc import Callable
from types import FrameType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from erpnet.sandbox.app import create_app
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.options import SandboxOptions

__all__ = ["SandboxOptions", "build_server", "serve"]

logger = logging.getLogger(__name__)


class _Handler(WSGIRequestHandler):
    """Logs nothing: the board of the sandbox shows what was asked."""

    disable_nagle_algorithm = True  # Head and body leave in two writes: neither waits for the other.

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """A fault took the connection away: the caller sees its end instead of waiting for an answer."""
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def build_server(instance: Instance) -> BaseWSGIServer:
    """A server that listens already. Raises OSError if the port is taken."""
    options = instance.options
    return make_server(
        options.host, options.port, create_app(instance), threaded=True, request_handler=_Handler
    )


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
