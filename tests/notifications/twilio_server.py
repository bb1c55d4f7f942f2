"""A local HTTP server that answers as Twilio's messages resource does, and keeps what it took."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs

ACCOUNT, TOKEN = "AC" + "0" * 32, "secret"


class TwilioServer:
    """`taken` holds the SMS that were accepted, as dicts of To, From and Body. `answers` is what to say first, in turn:

    an HTTP status, (status, Twilio error code), "hang" (no answer) or "cut" (taken, then the line is cut). Then 201.
    """

    def __init__(self):
        self.taken, self.requests, self.answers = [], [], []
        self._number = count(1)
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                server.answer(self)

            def log_message(self, *arguments):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, request):
        form = parse_qs(request.rfile.read(int(request.headers["Content-Length"])).decode())
        sms = {name: values[0] for name, values in form.items()}
        with self._lock:
            self.requests.append(request.path)
            answer = self.answers.pop(0) if self.answers else 201
        if request.headers.get("Authorization") != "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode():
            answer = (401, 20003)
        if answer == "hang":
            time.sleep(2)
            return
        if answer in {"cut", 201}:
            with self._lock:
                self.taken.append(sms)
        if answer == "cut":
            request.connection.close()
            return
        self._reply(request, answer, sms)

    def _reply(self, request, answer, sms):
        status, code = answer if isinstance(answer, tuple) else (answer, 20429 if answer == 429 else 20500)
        if status == 201:
            body = {"sid": f"SM{next(self._number):032x}", "status": "queued", "to": sms["To"], "body": sms["Body"]}
        else:
            body = {"code": code, "message": "refused here", "status": status, "more_info": "https://www.twilio.com"}
        content = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def close(self):
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def running_twilio():
    server = TwilioServer()
    yield server
    server.close()
