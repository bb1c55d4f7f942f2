"""Visitors of the portal: each with an address, a connection and cookies of their own, who read what pages say."""

import re
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from .server import connect
from .web_server import ADDRESS_HEADER

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_START = re.compile(r'name="debut" value="([^"]+)"')
_DIGITS = re.compile(r"\b\d{6}\b")


@dataclass
class Visitor:
    """`seconds` grows by the time of each request, from `since` (a monotonic instant) where one is given."""

    port: int
    number: int
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self):
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._cookies = {}
        bits = self.number % 2**24
        self._address = f"10.{bits >> 16}.{bits >> 8 & 255}.{bits & 255}"

    def get(self, path, *, since=None):
        return self._ask("GET", path, None, since)

    def post(self, path, page, **form):
        """To `path`, with the token of the page that it stands on."""
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": _TOKEN.search(page)[1], **form}), None)

    def book(self, slot_path, *, which):
        """From the slot page to the confirmation: the start at the place `which` of those shown. Ten requests."""
        page = self.get(slot_path).page
        starts = sorted(set(_START.findall(page)))
        who = self.followed(self.post(slot_path, page, debut=starts[which % len(starts)]))
        email = f"visiteur-{self.number}@example.org"
        person = {"first_name": "Camille", "last_name": f"Visite {self.number}", "email": email}
        code = self.followed(self.post(who.path, who.page, **person))
        booked = self.followed(self.post(code.path, code.page, code=_code_sent_to(email)))
        if not booked.path.endswith("/confirme/"):
            raise RuntimeError(f"no confirmation but {booked.path}")

    def followed(self, answer):
        while answer.location:
            address = urlsplit(answer.location)
            answer = self.get(f"{address.path}?{address.query}" if address.query else address.path)
        return answer

    def _ask(self, method, path, body, since):
        headers = {
            ADDRESS_HEADER: self._address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        since = since or time.monotonic()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        page = response.read().decode()
        self.seconds.append(time.monotonic() - since)
        if response.status >= 400:
            raise RuntimeError(f"{response.status} for {path}")
        for header in response.headers.get_all("Set-Cookie") or ():
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return Answer(path, page, response.headers["Location"])


@dataclass(frozen=True)
class Answer:
    path: str
    page: str
    location: str | None


def _code_sent_to(email):
    with connect() as session:
        (body,) = session.execute(
            "SELECT body FROM notifications_message WHERE recipient = %s AND kind = 'code' ORDER BY id DESC LIMIT 1",
            [email],
        ).fetchone()
    return _DIGITS.search(body)[0]
