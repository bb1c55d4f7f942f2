import re

from notifications.models import Message
from tests.factories import make_appointment, make_citizen, make_organization


def test_on_a_phone_without_javascript_one_reads_filters_and_follows_a_link(phone_without_javascript):
    organization = make_organization(name="Mairie d'Arras")
    make_appointment(organization=organization, citizen=make_citizen(organization=organization, phone="+33612345678"))
    page = phone_without_javascript
    page.goto("/boite-d-envoi/")

    page.get_by_label("Canal").select_option("sms")
    page.get_by_role("button", name="Afficher").click()

    messages = page.locator(".outbox-message")
    assert messages.count() == Message.objects.filter(channel="sms").count() == 1
    assert "+33612345678" in messages.first.inner_text()
    assert page.get_by_label("Canal").input_value() == "sms"
    link = messages.first.get_by_role("link")
    assert re.fullmatch(r"http://testserver/mon-rdv/[0-9a-z-]+/", link.get_attribute("href"))
    assert page.viewport_size["width"] == 360
    assert page.locator("html").bounding_box()["width"] <= 360
