"""A real Chromium: the system's, found through CHROMIUM or PATH."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

# Milliseconds that a page has to show what it must: how fast it is, is measured elsewhere, and a machine may be busy.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

_FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",  # It looks for its makers at every start otherwise.
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


# The first is the same browser without the window around its pages, which nobody sees here and which takes as long to
# draw as the pages themselves.
_PROGRAMS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def _chromium_program():
    named = os.environ.get("CHROMIUM")
    program = named or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program:
        return program
    message = "Chromium is missing: apt-get install chromium-headless-shell, or name it with CHROMIUM=/path/to/it"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    return pytest.skip(message)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all the tests of a process; every test gets contexts of its own."""
    program = _chromium_program()
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, live_server):
    """`open_page(viewport, javascript=True)` gives a page in a fresh context: nobody signed in, no cookie.

    Paths are relative to the live server. The test fails if a page met an error: script, missing file, policy.
    """
    contexts, errors = [], []

    def open_one(viewport=DESKTOP, *, javascript=True):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport=viewport,
            java_script_enabled=javascript,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            # Tests wait for what they expect, not for movements.
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda entry: errors.append(f"{page.url}: {entry.text}") if _is_fault(entry) else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == [], errors


# A form refused with 422 is what the page is for; the browser calls every answer above 399 an error. And htmx calls two
# what was still under way when somebody went on to the next page; what fails it calls `htmx:sendError`.
_NO_FAULTS = ("status of 422", "htmx:sendAbort", "htmx:afterRequest")


def _is_fault(entry):
    return entry.type == "error" and not any(words in entry.text for words in _NO_FAULTS)


@pytest.fixture
def phone(open_page):
    return open_page(PHONE)


@pytest.fixture
def phone_without_javascript(open_page):
    return open_page(PHONE, javascript=False)


@pytest.fixture
def desktop(open_page):
    return open_page(DESKTOP)


# The smallest side of what is pressed (WCAG 2.2, 2.5.8), a label being part of its box.
_STOP = """element => {
  if (element !== document.activeElement) return null;
  const style = getComputedStyle(element);
  const boxes = [element, ...(element.labels || [])].map((each) => each.getBoundingClientRect());
  return {
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    isInText: style.display === "inline",
    width: Math.max(...boxes.map((box) => box.width)),
    height: Math.max(...boxes.map((box) => box.height)),
  };
}"""


_AT_REST = """() => Promise.allSettled(
    document.getAnimations()
        .filter((it) => it.effect.getComputedTiming().iterations !== Infinity)
        .map((it) => it.finished)
)"""


def seen_by_axe(page):
    """What axe-core says of the page, once it has come to rest: half-way to a colour there is no contrast to judge."""
    page.evaluate(_AT_REST)
    return Axe().run(page)


def tab_to(page, locator, *, most=150, key="Tab"):
    """As somebody without a mouse gets there: Tab until it has the focus, which must be seen, on a target to be hit."""
    element = locator.element_handle()
    for _ in range(most):
        page.keyboard.press(key)
        if stop := element.evaluate(_STOP):
            assert stop["outline"] >= 2, f"{locator} does not show that it has the focus"
            assert stop["isInText"] or min(stop["width"], stop["height"]) >= 24, f"{locator} is small: {stop}"
            return
    raise AssertionError(f"{locator} is not reached with {most} times {key}")


class Clicks:
    """The presses of a mouse that an act takes; what is typed is not counted. A drag is one."""

    def __init__(self):
        self.count = 0

    def on(self, locator):
        locator.click()
        self.count += 1

    def drag(self, page, start, end):
        """From the point `start` to `end`, each (x, y) in the window, as a hand does: by way of others."""
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=12)
        page.mouse.up()
        self.count += 1

    def make(self, act, expected, capsys):
        """The act took as many as the rules ask for, no more; says so where the tests print."""
        with capsys.disabled():
            print(f"\n{self.count} clicks to {act}")  # noqa: T201 - the figure is there to be read.
        assert self.count == expected, f"{self.count} clicks to {act}, not {expected}"
