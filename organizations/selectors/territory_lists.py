"""The lists a territory keeps for its organizations (services, types of partners), and what each entry is used for."""

from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from ..models import Agent, CitizenAccess, Desk, Invitation, Membership, Motif, PartnerType, ServiceUnit

MOST_NAMED = 8


@dataclass(frozen=True)
class Use:
    """How many of a kind use the entry, with the names of the first few; of citizens, nobody's name."""

    singular: str
    plural: str
    number: int
    names: list[str]
    is_of_citizens: bool = False

    @property
    def label(self) -> str:
        return f"{self.number}\N{NO-BREAK SPACE}{self.singular if self.number < 2 else self.plural}"

    @property
    def not_named(self) -> int:
        return self.number - len(self.names)


def entries_for_list(model, territory):
    """By name, each with `motif_count`; a service with `agent_count` and `desk_count`, too. One query, as a queryset.

    What is archived counts: it may come back.
    """
    entries = model.objects.for_territory(territory)
    if model is PartnerType:
        return entries.annotate(motif_count=_number_of(Motif.partner_types.through, "partnertype", "motif"))
    return entries.annotate(
        agent_count=_number_of(Membership.units.through, "serviceunit", "membership__agent"),
        motif_count=_number_of(Motif.units.through, "serviceunit", "motif"),
        desk_count=_number_of(Desk.units.through, "serviceunit", "desk"),
    )


def _number_of(through, entry, counted):
    rows = through.objects.filter(**{entry: OuterRef("pk")}).order_by().values(entry)
    return Coalesce(
        Subquery(rows.annotate(number=Count(counted, distinct=True)).values("number"), output_field=IntegerField()), 0
    )


def uses_of(entry) -> list[Use]:
    """What uses the service or the type of partners, and keeps it from being deleted. Nine queries at most."""
    if isinstance(entry, ServiceUnit):
        return list(filter(None, _uses_of_unit(entry)))
    return list(filter(None, [_motifs(entry)]))


def _uses_of_unit(unit):
    agents = Agent.objects.filter(memberships__units=unit).distinct().order_by("last_name", "first_name", "pk")
    yield _use("agent", "agents", agents)
    yield _motifs(unit)
    desks = Desk.objects.filter(units=unit).select_related("location").order_by("name", "pk")
    yield _use("guichet", "guichets", desks, lambda desk: f"{desk} – {desk.location}")
    invitations = Invitation.objects.filter(units=unit).open().order_by("email", "pk")
    yield _use("invitation en attente", "invitations en attente", invitations, lambda invitation: invitation.email)
    citizens = CitizenAccess.objects.filter(unit=unit).order_by().values("citizen").distinct().count()
    yield Use("fiche d'usager", "fiches d'usagers", citizens, [], is_of_citizens=True) if citizens else None


def _motifs(entry):
    motifs = entry.motifs.select_related("organization").order_by("name", "pk")
    return _use("motif", "motifs", motifs, lambda motif: f"{motif} – {motif.organization}")


def _use(singular, plural, rows, named=str):
    number = rows.count()
    return Use(singular, plural, number, [named(row) for row in rows[:MOST_NAMED]]) if number else None
