"""`python -m benchmarks.pages`: what the portal's pages weigh, and how long they take on a cheap phone on a slow line.

Each page is opened twice in Chromium: by somebody who was never here, and again with what the first visit left in the
browser. The line and the processor are slowed down as Lighthouse slows them for its mobile figures (its « slow 4G »,
applied by DevTools: 1.6 Mbit/s down, 750 kbit/s up, 150 ms, processor 4 times slower), and once as a bad 3G line.
"""

import os
import shutil
import sys
from dataclasses import dataclass, field

from .server import own_servers

PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Line:
    """Bytes a second and milliseconds, as DevTools takes them; `slower` is the processor's factor."""

    name: str
    down: float
    up: float
    latency: float
    slower: int


LINES = (
    Line("slow 4G", 1.6e6 / 8 * 0.9, 750e3 / 8 * 0.9, 150 * 3.75, 4),
    Line("bad 3G", 400e3 / 8 * 0.9, 400e3 / 8 * 0.9, 400 * 3.75, 6),
)
MOST_KILOBYTES = 100  # Of a first load.

# Interactive: parsed, painted, and past the last task that kept a finger waiting for over 50 ms.
_TIMES = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const painted = performance.getEntriesByName("first-contentful-paint")[0];
    const tasks = (window.longTasks || []).map((task) => task.startTime + task.duration);
    const first = painted ? painted.startTime : 0;
    return {painted: first, interactive: Math.max(first, page.domContentLoadedEventEnd, ...tasks)};
}"""
_WATCH = """
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries()))
        .observe({type: "longtask", buffered: true});
"""


@dataclass
class Load:
    requests: int = 0
    bytes: int = 0
    times: dict = field(default_factory=dict)


class Browser:
    """A page of Chromium behind a slowed line."""

    def __init__(self, chromium, line, base_url):
        self._context = chromium.new_context(base_url=base_url, viewport=PHONE, locale="fr-FR")
        self.page = self._context.new_page()
        self.page.add_init_script(_WATCH)
        self._devtools = self._context.new_cdp_session(self.page)
        self._devtools.send("Network.enable")
        self._devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": line.latency,
                "downloadThroughput": line.down,
                "uploadThroughput": line.up,
            },
        )
        self._devtools.send("Emulation.setCPUThrottlingRate", {"rate": line.slower})
        self._load = Load()
        self._devtools.on("Network.requestWillBeSent", lambda _: self._count(1, 0))
        self._devtools.on("Network.loadingFinished", lambda event: self._count(0, event["encodedDataLength"]))

    def _count(self, requests, size):
        self._load.requests += requests
        self._load.bytes += size

    def load(self, act) -> Load:
        """What `act`, which leads to another page, costs until that page is at rest."""
        self._load = Load()
        act(self.page)
        self.page.wait_for_load_state("networkidle")
        self._load.times = self.page.evaluate(_TIMES)
        return self._load

    def close(self):
        self._context.close()


def _print(name, load):
    sys.stdout.write(
        f"  {name:<34} {load.requests:>3} requests {load.bytes / 1000:>7.1f} kB   "
        f"painted {load.times['painted'] / 1000:>5.2f} s   interactive {load.times['interactive'] / 1000:>5.2f} s\n"
    )
    sys.stdout.flush()


def measure(chromium, base_url, entry):
    """The way of one visitor to the form, by each line: the first page cold, the next ones as they come."""
    heaviest = 0
    for line in LINES:
        sys.stdout.write(f"{line.name}, processor {line.slower} times slower\n")
        for name, address in (("the front door, first visit", "/"), ("the slots by a link, first visit", entry)):
            browser = Browser(chromium, line, base_url)
            load = browser.load(lambda page, address=address: page.goto(address))
            heaviest = max(heaviest, load.bytes)
            _print(name, load)
            browser.close()
        browser = Browser(chromium, line, base_url)
        browser.load(lambda page: page.goto("/"))
        _print("the slots, after the front door", browser.load(lambda page: page.goto(entry)))
        _print("the form, a slot being tapped", browser.load(lambda page: page.locator(".next-slot-button").click()))
        browser.close()
    verdict = "met" if heaviest <= MOST_KILOBYTES * 1000 else "MISSED"
    sys.stdout.write(f"heaviest first load {heaviest / 1000:.1f} kB (mark: {MOST_KILOBYTES} kB): {verdict}\n")


def main():
    with own_servers():
        from django.utils import timezone
        from playwright.sync_api import sync_playwright

        from . import data
        from .night import run_night
        from .web_server import running_gunicorn

        territory = data.build_territory(0)
        now = timezone.now()
        run_night(day=now.astimezone(data.NOW.tzinfo).date(), now=now)
        named = os.environ.get("CHROMIUM") or shutil.which("chromium")
        flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        with running_gunicorn() as port, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=named, args=flags)
            entry = f"/prendre-rdv/{territory.slug}/organisation-0-0/motif-0/"
            measure(chromium, f"http://127.0.0.1:{port}", entry)
            chromium.close()


if __name__ == "__main__":
    main()
