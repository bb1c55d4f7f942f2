"""What surrounds a step: the named steps, the way back, the summary of what was chosen."""

from django.urls import reverse
from django.utils.translation import gettext

from .cards import OTHER
from .frames import OUTSIDE_FRAMES
from .journey import Journey
from .moments import moment
from .onward import identity_url
from .sharing import shared_step
from .steps import FOR_SOMEBODY_ELSE, Step


def step_context(journey: Journey, step: Step) -> dict:
    return {
        "territory": journey.territory,
        "organization": journey.organization,
        "home_url": journey.first_url,
        # The front door of the site is in no frame.
        "back_url": journey.back_url(step) or (None if journey.in_frame else reverse("booking_portal:home")),
        "steps": _steps(journey, step),
        "choices": _choices(journey, step),
        "journey": journey,
        "shared": shared_step(journey, step),
        "prescriber_url": _prescriber_url(journey, step),
    }


def _prescriber_url(journey, step):
    """The other way, for professionals, from where the way begins and from the motifs; empty on the others."""
    begins = step in (Step.SERVICE, Step.MOTIF) or journey.back_url(step) is None
    if journey.prescribes or step in OUTSIDE_FRAMES or not begins:
        return ""
    # What leaves a citizen no choice may leave a prescriber one.
    start = Step.MOTIF if step is Step.MOTIF and journey.is_offered(Step.SERVICE) else Step.SERVICE
    return identity_url(journey.territory, onward=journey.url(start, pour=FOR_SOMEBODY_ELSE))


def service_name(service):
    return gettext("Autres démarches") if service.key == OTHER else service.name


# The steps that have a name on top; what a motif still asks belongs to it.
_NAMED = (Step.SERVICE, Step.MOTIF, Step.PLACE, Step.SLOT, Step.WORKSHOP, Step.WHO, Step.CODE)
_PART_OF = {Step.OPTION: Step.MOTIF, Step.INSTRUCTIONS: Step.MOTIF}


def _steps(journey, current):
    current = _PART_OF.get(current, current)
    steps = []
    for step in _NAMED:
        if step != current and not _is_shown(journey, step, current):
            continue
        is_done = step in current.before
        steps.append(
            {
                "label": _label(journey, step),
                "state": "current" if step == current else "done" if is_done else "todo",
                "url": journey.url(step) if is_done and journey.is_offered(step) else None,
            }
        )
    return steps


def _is_shown(journey, step, current):
    if step is Step.PLACE and not journey.all_demands:
        return not journey.is_collective  # Nobody knows yet, except of a workshop.
    if step is Step.MOTIF:
        # Its own questions are part of it, also once they are answered.
        asks = journey.motifs and (journey.is_offered(Step.OPTION) or bool(journey.instructions))
        return asks or current is Step.SERVICE or journey.is_offered(Step.MOTIF)
    return journey.is_offered(step)


def _label(journey, step):
    if step is Step.PLACE and journey.motifs and not journey.is_on_site:
        return gettext("Organisation")
    return {
        Step.SERVICE: gettext("Service"),
        Step.MOTIF: gettext("Motif"),
        Step.PLACE: gettext("Lieu"),
        Step.SLOT: gettext("Date"),
        Step.WORKSHOP: gettext("Date"),
        Step.WHO: gettext("Bénéficiaire") if journey.prescribes else gettext("Vous"),
        Step.CODE: gettext("Confirmation"),
    }[step]


def _choices(journey, current):
    """Who prescribes, and with whom it is. Until a motif is chosen, the service; then the motif says enough."""
    rows = [_prescriber(journey, current)] if journey.identity else []
    if journey.address:
        rows.append({"label": gettext("Avec"), "value": journey.address.name, "url": None})
    made = set(current.before)
    if Step.MOTIF not in made and Step.SERVICE in made and journey.service:
        rows.append(_row(journey, service_name(journey.service), Step.SERVICE))
    if Step.MOTIF in made and journey.motif:
        rows.append(_row(journey, _motif_in_words(journey, made), Step.MOTIF, Step.OPTION, Step.SERVICE))
    if Step.PLACE in made and journey.place:
        rows.append(_row(journey, journey.place.name, Step.PLACE))
    if Step.SLOT in made and journey.starts_at:
        rows.append(_row(journey, moment(journey.starts_at), Step.SLOT))
    if Step.WORKSHOP in made and journey.workshop:
        rows += _workshop_rows(journey, journey.workshop.workshop)
    return rows


def _prescriber(journey, current):
    """On every step, who the device says they are: it may be somebody else's."""
    # From the code back to the person: another e-mail has to be sent a code first.
    url = identity_url(journey.territory, onward=journey.url(Step.WHO if current is Step.CODE else current))
    return {"label": gettext("Vous"), "value": journey.identity.introduced, "url": url}


def _workshop_rows(journey, workshop):
    rows = [_row(journey, moment(workshop.starts_at), Step.WORKSHOP)]
    if workshop.title:
        rows.insert(
            0,
            _row(journey, workshop.title, Step.WORKSHOP)
            | {
                "label": gettext("Atelier"),
                "url": None,
                "is_of_territory": True,
            },
        )
    if place := workshop.location or workshop.address:
        rows.append({"label": gettext("Lieu"), "value": str(place), "url": None})
    return rows


def _row(journey, value, step, *others):
    """It can be changed where there is another choice: at its own step or, failing that, at one of the others."""
    changed_at = next((at for at in (step, *others) if journey.is_offered(at)), None)
    return {
        "label": _label(journey, step),
        "value": value,
        "url": journey.url(changed_at) if changed_at else None,
        "is_of_territory": step in (Step.SERVICE, Step.MOTIF),
    }


def _motif_in_words(journey, made):
    words = [journey.motif.name]
    if Step.OPTION in made:
        if journey.option:
            words.append(journey.option.name)
        if journey.persons and journey.persons > 1:
            words.append(gettext("%(n)d personnes") % {"n": journey.persons})
    return ", ".join(words)
