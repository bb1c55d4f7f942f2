"""A local HTTP server that answers as Twilio's messages resource does, and keeps what it took."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

ACCOUNT, TOKEN = "AC" + "0" * 32, "secret"


class TwilioServer:
    """`taken` holds the SMS that were accepted, as the forms that were posted; `messages` the resources made of them.

    `answers` is what to say first, in turn: an HTTP status, (status, Twilio error code), (status, code, Retry-After),
    "hang" (no answer, nothing taken) or "cut" (taken, then the line is cut). Then 201. `list_answers` is the same for
    who asks what there is. `now` is what the server's clock shows, if not the time. `arrived` are the instants of
    what was accepted, in seconds of time.monotonic(). `on_taken` is called with a message before it is answered for.
    """

    def __init__(self, port=0):
        self.taken, self.messages, self.arrived, self.requests = [], [], [], []
        self.answers, self.list_answers, self.now, self.on_taken = [], [], None, None
        self._number = count(1)
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                server.take(self)

            def do_GET(self):
                server.list(self)

            def log_message(self, *arguments):
                pass

        self._http = _Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def take(self, request):
        content = request.rfile.read(int(request.headers["Content-Length"]))
        if len(content) < int(request.headers["Content-Length"]):
            return  # Whoever asked died meanwhile.
        form = parse_qs(content.decode(), keep_blank_values=True)
        sms = {name: values[0] for name, values in form.items()}
        answer = self._answer_to(request, self.answers, 201)
        if answer == "hang":
            time.sleep(2)
            request.close_connection = True
            return
        message = self._keep(sms) if answer in {"cut", 201} else None
        if answer == "cut":
            request.close_connection = True
            return
        self._reply(request, 201, message) if message else self._refuse(request, answer)

    def list(self, request):
        answer = self._answer_to(request, self.list_answers, 200)
        if answer != 200:
            self._refuse(request, answer)
            return
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        with self._lock:
            found = [sms for sms in reversed(self.messages) if asked.get("To") in {None, sms["to"]}]
        page = found[: int(asked.get("PageSize", 50))]
        self._reply(request, 200, {"messages": page, "page": 0, "page_size": 50, "next_page_uri": None, "uri": ""})

    def _answer_to(self, request, answers, usual):
        with self._lock:
            self.requests.append((request.command, request.path))
            answer = answers.pop(0) if answers else usual
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return answer if request.headers.get("Authorization") == expected else (401, 20003)

    def _keep(self, sms):
        with self._lock:
            # The hour of its own clock, unless a test sets it: as Twilio, it knows nothing of ours.
            at = format_datetime((self.now or datetime.now(UTC)).astimezone(UTC))
            service = sms.get("MessagingServiceSid")
            message = {
                "sid": f"SM{next(self._number):032x}",
                "status": "accepted" if service else "queued",
                "direction": "outbound-api",
                "to": sms["To"],
                "from": sms.get("From"),
                "messaging_service_sid": service,
                "body": sms["Body"],
                "date_created": at,
                "date_updated": at,
                "date_sent": None,
            }
            self.taken.append(sms)
            self.messages.append(message)
            self.arrived.append(time.monotonic())
        if self.on_taken:
            self.on_taken(message)
        return message

    def _refuse(self, request, answer):
        status, code, retry_after = (*(answer if isinstance(answer, tuple) else (answer,)), None, None)[:3]
        code = code or (20429 if status == 429 else 20500)
        body = {"code": code, "message": "refused here", "status": status, "more_info": "https://www.twilio.com"}
        self._reply(request, status, body, {"Retry-After": str(retry_after)} if retry_after else {})

    def _reply(self, request, status, body, headers=()):
        content = json.dumps(body).encode()
        request.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": len(content),
            **dict(headers),
        }.items():
            request.send_header(name, str(value))
        request.end_headers()
        request.wfile.write(content)

    def close(self):
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Whoever asked died meanwhile."""


def post_as_twilio(client, url, form, *, token=TOKEN, headers=()):
    """Post as Twilio does when something happens there: signed over the address that it was given."""
    signature = RequestValidator(token).compute_signature(url, form)
    address = urlsplit(url)
    path = f"{address.path}?{address.query}" if address.query else address.path
    return client.post(path, form, headers={"X-Twilio-Signature": signature, **dict(headers)})


@contextmanager
def running_twilio():
    server = TwilioServer()
    yield server
    server.close()
