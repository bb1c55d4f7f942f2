"""The monthly figures of messages: of an organization, and of a territory with its organizations."""

from dataclasses import dataclass

from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from organizations.addresses import id_in
from organizations.models import Organization
from organizations.tenancy import member_required, territory_role_required
from scheduling.engine.wall_clock import local_day

from ..models import Message
from ..selectors.figures import Figures, Month, monthly_figures
from ..selectors.journal import NO_ORGANIZATION, STATES

WITHOUT_ORGANIZATION = "Sans organisation (codes de confirmation)"


@dataclass(frozen=True)
class Line:
    """`cells`: the number of each state, with where the journal lists them; `written` likewise of them all."""

    label: str
    detail: str
    url: str
    figures: Figures
    cells: list[tuple[str, int, str]]
    is_current: bool = False


@require_safe
@member_required(admin=True)
def message_figures(request):
    organization = request.organization
    page = FiguresPage(
        request,
        Message.objects.for_organization(organization),
        zone=organization.zone,
        journal=reverse("notifications:message_list", args=[organization.slug]),
    )
    return render(request, "notifications/message_figures.html", page.context())


@require_safe
@territory_role_required()
def territory_message_figures(request):
    """Of all its organizations; with `organisation` in the address, of one."""
    territory = request.territory
    organizations = Organization.objects.for_territory(territory).order_by("name", "pk").values_list("pk", "name")
    page = FiguresPage(
        request,
        Message.objects.for_territory(territory),
        zone=territory.zone,
        journal=reverse("notifications:territory_message_list", args=[territory.slug]),
        organizations=dict(organizations),
    )
    return render(request, "notifications/territory_message_figures.html", page.context())


class FiguresPage:
    """Every month in one table, the chosen one by event and channel, and of a territory by organization."""

    def __init__(self, request, messages, *, zone, journal, organizations=None):
        self.journal, self.organizations = journal, organizations
        self.figures = monthly_figures(messages, today=local_day(timezone.now(), zone), zone=zone)
        months = {month.name: month for month in self.figures.months}
        self.month = months.get(request.GET.get("mois", ""), self.figures.months[0])
        asked = id_in(request.GET.get("organisation", ""))
        self.organization = asked if organizations and asked in {*organizations, NO_ORGANIZATION} else None

    def context(self):
        by_kind = self.figures.by_kind(self.month, self.organization)
        months = [
            self._line(month, figures, url=self._here(mois=month.name), is_current=month == self.month)
            for month, figures in self.figures.by_month(self.organization).items()
        ]
        return {
            "month": self.month,
            "months": months,
            "most": max(line.figures.written for line in months),
            "kinds": [
                self._line(
                    self.month,
                    figures,
                    label=capfirst(Message.Kind(kind).label),
                    detail=capfirst(Message.Channel(channel).label),
                    evenement=kind,
                    canal=channel,
                )
                for (kind, channel), figures in by_kind.items()
            ],
            "organizations": self._by_organization() if self.organizations is not None else [],
            "organization": self._name(self.organization) if self.organization is not None else "",
            "every_url": self._here(organisation=None),
            "states": list(STATES.values()),
        }

    def _by_organization(self):
        found = self.figures.by_organization(self.month)
        known = [pk for pk in [*self.organizations, NO_ORGANIZATION] if pk in found]
        return [
            self._line(
                self.month,
                found[pk],
                label=self._name(pk),
                url=self._here(organisation=pk),
                is_current=pk == self.organization,
                organisation=pk,
            )
            for pk in known
        ]

    def _name(self, pk):
        return self.organizations.get(pk, WITHOUT_ORGANIZATION)

    def _line(self, month: Month, figures, *, label="", detail="", url="", is_current=False, **asked):
        asked = {"du": month.first_day, "au": month.last_day, "organisation": self.organization} | asked
        cells = [("Écrits", figures.written, self._listed(asked))]
        cells += [
            (label_of, figures.by_state[state], self._listed(asked | {"etat": state}))
            for state, label_of in STATES.items()
        ]
        return Line(label or date_format(month.first_day, "F Y"), detail, url, figures, cells, is_current)

    def _listed(self, asked):
        return f"{self.journal}?{_query(asked)}"

    def _here(self, **changed):
        return f"?{_query({'mois': self.month.name, 'organisation': self.organization} | changed)}"


def _query(parameters):
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in parameters.items() if value is not None})
    return query.urlencode()
