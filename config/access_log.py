"""What gunicorn notes of each request: enough to find a fault, nothing that says who or opens a door."""

from gunicorn.glogging import Logger

from .logs import without_secrets


class AccessLogger(Logger):
    """Without what stands after the « ? » (names and numbers that were searched), and with secrets of paths hidden."""

    def atoms(self, resp, req, environ, request_time):
        path = without_secrets(environ.get("PATH_INFO") or "-")
        request_line = f"{environ['REQUEST_METHOD']} {path} {environ['SERVER_PROTOCOL']}"
        return super().atoms(resp, req, environ, request_time) | {"r": request_line, "U": path, "q": "-", "f": "-"}
