"""A visitor with a phone who does what the pages ask, whichever of the two languages they read."""

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext, override
from playwright.sync_api import expect

from notifications.models import Message


class Walk:
    """Every text is given as it is in French, and looked for as the visitor reads it."""

    email = "camille@example.org"

    def __init__(self, page, language):
        self.page, self.language = page, language

    def said(self, french):
        with override(self.language):
            return gettext(french.replace(" ?", "\xa0?").replace(" :", "\xa0:"))

    def begin(self, url):
        """Like somebody who follows a link: what comes is in the browser's French until they ask for their own."""
        self.page.goto(url)
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.page.get_by_role("button", name="English").click()
        self.is_readable()

    def is_readable(self):
        """In the language that was asked for, in a column as wide as the phone."""
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        assert self.page.viewport_size["width"] == 360
        assert self.page.locator("html").bounding_box()["width"] <= 360, self.page.url

    def heading(self, french):
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.said(french))
        self.is_readable()

    def sees(self, french):
        expect(self.page.get_by_text(self.said(french)).first).to_be_visible()

    def is_told(self, french):
        expect(self.page.get_by_role("status")).to_contain_text(self.said(french))

    def press(self, french):
        self.page.get_by_role("button", name=self.said(french), exact=True).click()

    def follow(self, french):
        self.page.get_by_role("link", name=self.said(french), exact=True).click()

    def fill(self, french, typed):
        # « Nom » is the end of « Prénom », and « E-mail » may be followed by what it is for.
        self.page.get_by_label(re.compile(f"^{re.escape(self.said(french))}")).fill(typed)

    def take_the_first_slot(self):
        self.heading("Quand ?")
        self.page.locator(".next-slot-button").click()

    def say_who(self, more=None, heading="Qui êtes-vous ?"):
        """`more` is typed by the French label of its field."""
        self.heading(heading)
        typed = {"Prénom": "Camille", "Nom": "Dupont", "E-mail": self.email}
        for label, value in (typed | (more or {})).items():
            self.fill(label, value)
        self.press("Continuer")

    def type_code(self, confirm="Confirmer le rendez-vous", recipient=email):
        self.heading("Votre code à six chiffres")
        message = Message.objects.filter(kind=Message.Kind.CODE, recipient=recipient).latest("pk")
        self.fill("Code à six chiffres", re.search(r"\b\d{6}\b", message.body)[0])
        self.press(confirm)

    def follow_the_link_of_the_mail(self, kind):
        """As it comes, in whatever browser opens it: nothing but the link says who comes."""
        message = Message.objects.filter(recipient=self.email, kind=kind).latest("pk")
        self.begin(urlsplit(message.link).path)
