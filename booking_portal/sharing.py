"""What a page says of itself where its address is shared: to search engines, and in a message's preview."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext

from organizations.models import Motif

from .journey import Journey
from .steps import Step

# From here on a page is of one visitor, or true for a minute.
_PRIVATE = {Step.WHO, Step.CODE}
_LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class SharedPage:
    """`url` is the one address of the page; `image` is empty without a logo.

    Not `is_listed` is what only those are to find who were given the address.
    """

    title: str
    description: str
    url: str
    site_name: str
    image: str = ""
    is_listed: bool = True


def shared_step(journey: Journey, step: Step) -> SharedPage | None:
    """None for a page that nobody else should find. No query.

    The address holds the choices that were believed, in one order: a week or a filter that was looked at is no other
    page.
    """
    if step in _PRIVATE:
        return None
    chosen = _chosen_name(journey, step)
    name = (journey.organization or journey.territory).name
    if journey.address:
        name = f"{journey.address.name}, {name}"
    return SharedPage(
        title=f"{chosen} – {name}" if chosen else gettext("Prendre rendez-vous : %(name)s") % {"name": name},
        description=_description(journey, step) or gettext("Prenez rendez-vous en ligne, sans créer de compte."),
        url=settings.SITE_URL + journey.url(step),
        site_name=journey.territory.name,
        image=settings.SITE_URL + logo if (logo := journey.territory.logo_url) else "",
        is_listed=_is_listed(journey),
    )


def shared_home() -> SharedPage:
    return SharedPage(
        title=gettext("Prendre rendez-vous"),
        description=gettext("Prenez rendez-vous en ligne, sans créer de compte."),
        url=f"{settings.SITE_URL}/",
        site_name="Permanence",
    )


def _is_listed(journey):
    """Addresses of agents are handed out by whom they name, and the way of prescribers by agents: no search engine need
    find them.
    """
    is_by_link = journey.motif and journey.motif.booking_audience == Motif.BookingAudience.LINK
    return not (is_by_link or journey.address or journey.prescribes)


def _chosen_name(journey, step):
    return journey.motif.name if Step.MOTIF in step.before and journey.motif else ""


def _description(journey, step):
    text = journey.motif.description if Step.MOTIF in step.before and journey.motif else ""
    return Truncator(" ".join(text.split())).chars(_LONGEST_DESCRIPTION)
