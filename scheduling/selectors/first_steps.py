"""How far an organization has come on its first steps: from nothing to a citizen's booking."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from organizations.models import Invitation, Location, Membership, Motif, ServiceUnit

from ..models import Appointment, Opening


@dataclass(frozen=True)
class FirstStep:
    """`name` is the URL name of its page; a step that is `is_optional` holds nobody up."""

    name: str
    label: str
    purpose: str
    is_done: bool
    is_optional: bool = False


@dataclass(frozen=True)
class Progress:
    steps: list[FirstStep]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next_step(self) -> FirstStep | None:
        """The first that is still to be done, those that may stay undone last; None when all are done."""
        waiting = [step for step in self.steps if not step.is_done]
        return min(waiting, key=lambda step: step.is_optional, default=None)

    @property
    def is_open(self) -> bool:
        """Whether all that a booking needs is there."""
        return all(step.is_done for step in self.steps if not step.is_optional and step.name != TRIAL)


TRIAL = "first_trial"

# What has to be there, as the annotation `has_…` of `with_first_steps` says it.
STEPS = [
    ("admin", "first_admin", "Administrateur", "Qui configure l'organisation et reçoit ses questions.", False),
    ("unit", "first_units", "Services", "Pour ranger agents et motifs, s'il y en a plusieurs.", True),
    ("motif", "first_motifs", "Motifs", "Ce pour quoi on prend rendez-vous, et combien de temps cela dure.", False),
    ("location", "first_location", "Lieu", "Où l'on vient.", False),
    ("opening", "first_hours", "Plage d'ouverture", "Quand on reçoit, et à quel agenda.", False),
    ("appointment", TRIAL, "Rendez-vous d'essai", "Prenez-en un comme le fera un usager.", False),
]


def with_first_steps(organizations: QuerySet, *, today: date) -> QuerySet:
    """Organizations with what `progress_of` reads, in the same query."""
    ours = {"organization": OuterRef("pk")}
    return organizations.annotate(
        has_admin=Exists(Membership.objects.active().filter(role=Membership.Role.ADMIN, **ours))
        | Exists(Invitation.objects.open().filter(role=Membership.Role.ADMIN, **ours)),
        has_unit=Exists(ServiceUnit.objects.filter(territory=OuterRef("territory"))),
        has_motif=Exists(Motif.objects.active().filter(**ours)),
        has_location=Exists(Location.objects.filter(closed_at=None, **ours))
        | Exists(Location.shared_with.through.objects.filter(location__closed_at=None, **ours)),
        has_opening=Exists(Opening.objects.filter(Q(last_day=None) | Q(last_day__gte=today), **ours)),
        has_appointment=Exists(Appointment.objects.filter(**ours)),
    )


def progress_of(organization) -> Progress:
    """Of an organization of `with_first_steps`. No query."""
    return Progress(
        [
            FirstStep(name, label, purpose, getattr(organization, f"has_{key}"), is_optional)
            for key, name, label, purpose, is_optional in STEPS
        ]
    )
