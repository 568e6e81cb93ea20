"""HTTP/1.1 for the instance: connections that stay open for the next request, and answers that leave in one piece.

Werkzeug's own server ends the connection after every answer, and waits a hundredth of a second before it does.
"""

import logging
import socket
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from erpnet.sandbox.callers import Callers
from erpnet.sandbox.disturbances import DELIVERY, Write
from erpnet.sandbox.limits import CALLER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

LARGEST_BODY = 16 * 1024 * 1024
LONGEST_LINE = 65_536
IDLE_SECONDS = 120


class Server(ThreadingMixIn, TCPServer):
    """One thread for each connection. Raises OSError if the port is taken."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: "WSGIApplication") -> None:
        self.app = app
        self.callers = Callers()
        self._open: set[socket.socket] = set()
        super().__init__((host, port), Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, and end the connections that wait for another request."""
        super().server_close()
        for request in list(self._open):
            self.shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who went away is nobody's fault."""


class Connection(BaseHTTPRequestHandler):
    """Answers the requests of one connection. Logs nothing: the board of the sandbox shows what was asked."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "ERP.net-sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    _caller: str | None = None

    def handle_one_request(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(LONGEST_LINE + 1)
            if len(self.raw_requestline) > LONGEST_LINE:
                self.requestline, self.request_version, self.command = "", "", ""
                self._refuse(414)
            elif not self.raw_requestline:
                self.close_connection = True
            elif self.parse_request():
                self._serve()
        except (
            ConnectionError,
            TimeoutError,
        ):  # The caller has gone or fell silent, or a fault cut the line.
            self.close_connection = True

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            return self._refuse(411)
        if int(length) > LARGEST_BODY:
            return self._refuse(413)
        self._answer(self._environ(self.rfile.read(int(length))))
        return None

    def caller(self) -> str:
        """Who is at the other end, asked once for each connection."""
        if self._caller is None:
            address, port = self.client_address[:2]
            self._caller = self.server.callers.at(address, port, self.server.server_address[1])
        return self._caller

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self, environ: "WSGIEnvironment") -> None:
        head: list[tuple[str, list[tuple[str, str]]]] = []
        try:
            parts = self.server.app(environ, lambda status, headers, *_: head.append((status, headers)))  # type: ignore[arg-type]
            body = b"".join(parts)
        except ConnectionError:
            raise
        except Exception:
            logger.exception("The sandbox cannot answer %s %s.", self.command, environ["PATH_INFO"])
            return self._refuse(500)
        content = b"" if self.command == "HEAD" else body
        environ.get(DELIVERY, _at_once)(self.wfile.write, self._head(*head[0], body), content)
        return None

    def _head(self, status: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body and not any(name == "Content-Length" for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _refuse(self, status: int) -> None:
        """An answer without a look at the request's body, which therefore is the last one here."""
        self.close_connection = True
        self.send_error(status)

    def _environ(self, body: bytes) -> "WSGIEnvironment":
        address = urlsplit(self.path)
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(address.path, "latin-1"),
            "QUERY_STRING": address.query,
            "REQUEST_URI": self.path,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CALLER: self.caller,
        }
        for name, value in self.headers.items():
            if "_" in name:  # It would pass for another header.
                continue
            key = f"HTTP_{name.upper().replace('-', '_')}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ


def _at_once(write: Write, head: bytes, body: bytes) -> None:
    write(head + body)
