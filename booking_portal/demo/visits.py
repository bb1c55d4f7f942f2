"""What people come for: how often, who books it, and what they answer."""

from dataclasses import dataclass

from organizations.models import Motif, Prescriber
from scheduling.models import CreatedBy
from scheduling.selectors.slots import Demand
from scheduling.services.actors import CITIZEN, PRESCRIBER, Actor
from scheduling.services.booking import Attendee, Details

from .citizens import FOLLOWED, known_to


@dataclass(frozen=True)
class Habit:
    """`per_day` RDVs of a motif on an open day, on average, booked by one of `by`."""

    motif: str
    per_day: float
    by: tuple[str, ...]


AGENT, VISITOR, PARTNER = CreatedBy.AGENT, CreatedBy.CITIZEN, CreatedBy.PRESCRIBER

HABITS = [
    Habit("consultation", 2.0, (VISITOR, VISITOR, AGENT)),
    Habit("naissance", 0.7, (VISITOR, AGENT)),
    Habit("assistante", 1.7, (VISITOR, AGENT)),
    Habit("telephone", 0.9, (VISITOR, AGENT)),
    Habit("suivi", 0.7, (AGENT,)),
    Habit("rsa", 1.0, (PARTNER, AGENT)),
    Habit("visio", 0.9, (VISITOR,)),
    Habit("identite", 3.0, (VISITOR, VISITOR, VISITOR, AGENT)),
    Habit("remise", 0.8, (VISITOR,)),
    Habit("mariage", 0.4, (VISITOR, AGENT)),
    Habit("reconnaissance", 1.2, (VISITOR,)),
    Habit("renseignement", 0.8, (VISITOR, AGENT)),
    Habit("demarches", 1.9, (VISITOR, VISITOR, AGENT)),
    Habit("prise_en_main", 0.9, (VISITOR, AGENT)),
    Habit("depannage", 0.8, (VISITOR,)),
    Habit("domicile", 0.4, (PARTNER, AGENT)),
]

_ANSWERS = {
    "Prénom de l'enfant": ["Lina", "Gabin", "Rose", "Ismaël", "Margot"],
    "En quelques mots, votre situation": [
        "Retard de loyer, courrier du bailleur.",
        "Je cherche un logement plus grand.",
        "Séparation, je ne sais pas à quels droits prétendre.",
        "",
    ],
    "Numéro de pré-demande": ["4F7K2M9QXA", "8D3H6T1ZWB", ""],
}
_NOTES = ["", "", "", "Prévoir un interprète.", "Appeler la veille pour confirmer.", "Vient avec une poussette."]


@dataclass(frozen=True)
class Visit:
    """One RDV that somebody is about to book. `calendar_ids` names who must take it, for a follow-up motif."""

    demand: Demand
    attendees: list[Attendee]
    by: str
    details: Details
    calendar_ids: list[int] | None = None
    prescriber: Prescriber | None = None

    @property
    def motif(self):
        return self.demand.motif

    def actor(self, calendar, colleagues) -> Actor:
        """Who books on `calendar`: for a desk, one of the `colleagues`."""
        if self.by == AGENT:
            return Actor.of(calendar.agent or colleagues[0])
        return CITIZEN if self.by == VISITOR else PRESCRIBER


def imagine_visit(world, habit: Habit, busy_citizens: set) -> Visit | None:
    """Somebody who comes for this motif; None when everybody has something else that day (`busy_citizens`)."""
    random, motif = world.random, world.motifs[habit.motif]
    calendar_ids, pool = None, _pool(world, habit.motif)
    if motif.is_follow_up:
        name = random.choice(list(FOLLOWED))
        calendar_ids = [world.calendar(name).pk]
        pool = [citizen for number, citizen in enumerate(world.citizens) if number in FOLLOWED[name]]
    pool = [citizen for citizen in pool if citizen.pk not in busy_citizens]
    if not pool:
        return None
    citizen = random.choice(pool)
    options = list(motif.options.all())
    persons = random.choice([1, 1, 1, 2, 3]) if motif.max_persons > 1 else 1
    by = random.choice(habit.by)
    return Visit(
        demand=Demand(motif, random.choice(options) if options else None, persons),
        attendees=[_attendee(world, person, motif) for person in _with_child(world, citizen, habit.motif)],
        by=by,
        details=_details(world, motif, citizen, by),
        calendar_ids=calendar_ids,
        prescriber=_prescriber(world, motif, citizen) if by == PARTNER else None,
    )


def _prescriber(world, motif, citizen):
    """Everybody has one whom they know, of the partners that may book this motif."""
    partners = set(motif.partner_types.all())
    those = [prescriber for prescriber in world.prescribers if prescriber.partner_type in partners]
    return those[world.citizens.index(citizen) % len(those)]


def _pool(world, motif_name):
    motif = world.motifs[motif_name]
    name = next(key for key, organization in world.organizations.items() if organization == motif.organization)
    return known_to(world, name)


def _with_child(world, citizen, motif_name):
    """A consultation is the child's, with the parent where the list knows a child."""
    children = [child for child in world.children if child.responsible_id == citizen.pk]
    return [citizen, *children[:1]] if motif_name == "consultation" else [citizen]


def _attendee(world, citizen, motif):
    random = world.random
    answers = []
    for question in motif.questions.all():
        answer = random.choice(question.choices or _ANSWERS[question.label])
        if answer:
            answers.append({"question": question.label, "answer": answer})
    # Somebody who reads English better.
    return Attendee(citizen, answers=answers, language="en" if citizen.last_name == "O'Connor" else "fr")


def _details(world, motif, citizen, by):
    kind, kinds = motif.location_kind, Motif.LocationKind
    return Details(
        context_note=world.random.choice(_NOTES) if by == AGENT else "",
        address=citizen.address if kind == kinds.HOME else "",
        phone=str(citizen.phone or "") if kind == kinds.PHONE else "",
        video_url=f"https://visio.example.org/{world.random.randrange(10**8):08}" if kind == kinds.VIDEO else "",
    )
