"""What the command says at the end: addresses, and who may sign in."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse

from .agents import AGENTS, PASSWORD, organizations_of
from .places import TERRITORY_SLUG


def sign_ins() -> Iterator[str]:
    """Lines of plain text."""
    yield "Démonstration : le Territoire de l'Arrageois, inventé de toutes pièces."
    yield ""
    portal = reverse("booking_portal:service_choice", kwargs={"territory_slug": TERRITORY_SLUG})
    yield f"  Portail des usagers  {settings.SITE_URL}{portal}"
    yield f"  Espace des agents    {settings.SITE_URL}{reverse('account_login')}"
    yield f"  Messages envoyés     {settings.SITE_URL}{reverse('notifications:outbox')}"
    yield ""
    yield f"  Mot de passe de tous les comptes : {PASSWORD}"
    width = max(len(person.email) for person in AGENTS.values())
    for person in AGENTS.values():
        where = organizations_of(person)
        yield f"  {person.email:{width}}  {person.role}" + (f" – {where}" if where else "")
