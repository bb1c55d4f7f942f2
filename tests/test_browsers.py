"""The browser fixtures, on the one page that needs no data."""

SLIP_IN = """() => {
    const script = document.createElement("script");
    script.textContent = "window.slippedIn = true";
    document.head.append(script);
    return window.slippedIn === true;
}"""


def test_the_sign_in_page_fits_a_phone(phone):
    phone.goto("/compte/login/")

    assert phone.get_by_role("textbox").first.is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_sign_in_page_needs_no_javascript(phone_without_javascript):
    phone_without_javascript.goto("/compte/login/")

    assert phone_without_javascript.get_by_role("textbox").first.is_visible()


def test_the_policy_refuses_a_script_slipped_into_a_page(chromium, live_server):
    page = chromium.new_page(base_url=live_server.url)
    said = []
    page.on("console", lambda entry: said.append(entry.text))
    page.goto("/compte/login/")

    assert page.evaluate(SLIP_IN) is False
    assert any("Content Security Policy" in line for line in said)
    page.close()
