"""After a change of hours or closed days: to the RDVs that it left without their time, if there are any."""

from datetime import datetime

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from ..engine.conflicts import Reason
from ..engine.typography import NBSP, count
from ..selectors.closed_appointments import appointments_on_closed_days
from ..selectors.open_conflicts import Found, found_by_organization, found_since, is_being_computed

# What is said of one RDV, and of several.
INSIDE = ("s'y trouve", "s'y trouvent")
OUTSIDE = ("est maintenant hors des plages d'ouverture", "sont maintenant hors des plages d'ouverture")
WITHOUT_PLACE = ("n'a plus sa place", "n'ont plus leur place")
CLOSED = ("tombe maintenant un jour fermé", "tombent maintenant un jour fermé")

MOST_TOLD = 10


def saved(request, sentence, *, calendar, now: datetime, where, otherwise):
    """Say what was done at `now` to the hours of `calendar`; lead to what it left to settle, else to `otherwise`."""
    found = found_since(request.membership, since=now, calendars=[calendar])
    if not found.here:
        messages.success(request, sentence)
        _tell_elsewhere(request, found)
        return redirect(otherwise)
    messages.warning(request, format_html("{} {}", sentence, _settle_here(found.here, where)))
    _tell_elsewhere(request, found)
    return redirect(conflicts_url(request.organization, agenda=calendar.pk))


def saved_closed_days(request, sentence, *, now: datetime, otherwise, others=()):
    """Likewise after a change of the days on which the organization is closed; `others` are told of by a link each.

    Where many calendars wait for a batch, the conflicts come with it: that is said, with their number counted now.
    """
    numbers = found_by_organization([request.organization, *others], since=now)
    here = numbers.get(request.organization.pk, 0)
    if is_being_computed(since=now):
        messages.success(request, sentence)
        for organization in (request.organization, *others):
            _tell_later(request, organization, now)
        return redirect(otherwise)
    if here:
        messages.warning(request, format_html("{} {}", sentence, _settle_here(here, CLOSED)))
    else:
        messages.success(request, sentence)
    for organization in others:
        if number := numbers.get(organization.pk):
            link = conflicts_url(organization, raison=Reason.CLOSED)
            text = f"{organization}{NBSP}: {_are(number, CLOSED)}."
            messages.warning(request, format_html('{} <a href="{}">Les régler</a>', text, link))
    return redirect(conflicts_url(request.organization, raison=Reason.CLOSED) if here else otherwise)


def saved_zones(request, sentence, *, organizations, now: datetime, otherwise):
    """Likewise after a change of time zone or public holidays in some organizations, each told of by a link."""
    messages.success(request, sentence)
    if is_being_computed(since=now):
        text = (
            f"Beaucoup d'agendas sont recalculés en ce moment{NBSP}: d'ici quelques minutes, les rendez-vous à régler"
        )
        messages.info(request, f"{text} seront sur la page d'accueil de chaque organisation.")
    numbers = found_by_organization(organizations, since=now)
    concerned = [organization for organization in organizations if numbers.get(organization.pk)]
    for organization in concerned[:MOST_TOLD]:
        text = f"{organization}{NBSP}: {_are(numbers[organization.pk], WITHOUT_PLACE)}."
        messages.warning(request, format_html('{} <a href="{}">Les régler</a>', text, conflicts_url(organization)))
    if (more := len(concerned) - MOST_TOLD) > 0:
        others = count(more, "autre organisation a", "autres organisations ont")
        messages.warning(request, f"{others} des rendez-vous à régler.")
    return redirect(otherwise)


def conflicts_url(organization, **query):
    return reverse("scheduling:conflict_list", args=[organization.slug], query=query)


def _are(number, where):
    return f"{count(number, 'rendez-vous', 'rendez-vous')} {where[number > 1]}"


def _settle_here(number, where):
    return f"{_are(number, where)}{NBSP}: réglez-{'le' if number == 1 else 'les'} ici."


def _tell_elsewhere(request, found: Found):
    """RDVs of the same agent in another organization, theirs perhaps, or of a service unit that is not theirs."""
    if found.elsewhere:
        one = f"rendez-vous de cet agenda ne se voit pas ici{NBSP}: il est à régler dans son"
        several = f"rendez-vous de cet agenda ne se voient pas ici{NBSP}: ils sont à régler dans leur"
        messages.info(request, f"{count(found.elsewhere, one, several)} service ou organisation.")


def _tell_later(request, organization, now):
    number = appointments_on_closed_days(organization, now=now).count()
    if number:
        text = f"{organization}{NBSP}: {_are(number, CLOSED)}. Beaucoup d'agendas sont recalculés en ce moment{NBSP}:"
        link = conflicts_url(organization, raison=Reason.CLOSED)
        rest = '{} d\'ici quelques minutes, <a href="{}">ils sont à régler ici</a>.'
        messages.warning(request, format_html(rest, text, link))
