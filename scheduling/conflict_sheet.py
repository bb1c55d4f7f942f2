"""RDVs to settle as their page shows them: what can be done with each, what is chosen, what that means in numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .engine.phrases import format_day, format_time
from .engine.proposals import Kind
from .engine.typography import NBSP, count
from .forms.conflicts import LATER, Choice
from .models import Appointment
from .selectors.open_conflicts import Unsettled, with_their_conflicts
from .selectors.proposals import Proposal, proposals_for
from .services.conflict_settling import Act, Decision

GONE = "Le créneau choisi n'est plus libre. En voici d'autres."
NOT_UNDERSTOOD = "Ce choix n'existe pas. Choisissez de nouveau."

# What « Pour tous » offers, under the names of the address.
BULK = {
    Kind.COLLEAGUE: "Même heure, chez un collègue",
    Kind.SAME_CALENDAR: "Même agenda, au plus proche",
    Act.UNSCHEDULE: "Déprogrammer",
    Act.KEEP: "Garder",
}


@dataclass(frozen=True)
class Option:
    """`answers` is what `BULK` calls it, or None."""

    choice: Choice
    label: str
    answers: str | None = None


@dataclass
class Row:
    unsettled: Unsettled
    options: list[Option]
    value: str = LATER
    problem: str = ""

    @property
    def appointment(self) -> Appointment:
        return self.unsettled.appointment

    @property
    def reasons(self):
        return self.unsettled.reasons

    @property
    def moves(self) -> list[Option]:
        return [option for option in self.options if option.choice.act == Act.MOVE]

    @property
    def others(self) -> list[Option]:
        return [option for option in self.options if option.choice.act != Act.MOVE]

    @property
    def seen(self) -> int:
        return self.options[0].choice.seen

    @property
    def chosen(self) -> Option:
        return next(option for option in self.options if option.choice.text == self.value)

    @property
    def decision(self) -> Decision | None:
        """None when it is put off."""
        choice = self.chosen.choice
        if choice.act is None:
            return None
        return Decision(self.appointment, choice.act, choice.seen, choice.calendar_id, choice.starts_at)


@dataclass(frozen=True)
class Bulk:
    """One of « Pour tous »: how many of the RDVs that nothing is chosen for could have it."""

    name: str
    label: str
    possible: int


@dataclass
class Sheet:
    rows: list[Row] = field(default_factory=list)

    @property
    def decisions(self) -> list[Decision]:
        return [decision for row in self.rows if (decision := row.decision)]

    @property
    def decided(self) -> list[Row]:
        return [row for row in self.rows if row.decision]

    @property
    def left(self) -> list[Row]:
        return [row for row in self.rows if not row.decision]

    @property
    def sentence(self) -> str:
        return sentence_of(self.decided)

    @property
    def people(self) -> int:
        return people_of(self.decided)

    def bulks(self) -> list[Bulk]:
        possible = [option.answers for row in self.left for option in row.options]
        return [Bulk(str(name), label, possible.count(name)) for name, label in BULK.items() if name in possible]

    def choose_for_all(self, names: Iterable[str]) -> None:
        """For each RDV the first of `names` that it can have, unless something is chosen for it."""
        names = list(names)
        for row in self.left:
            by_name = {str(option.answers): option for option in row.options if option.answers}
            row.value = next((by_name[name].choice.text for name in names if name in by_name), row.value)


def sheet_of(
    appointments: Sequence[Appointment], *, membership, now: datetime, choices: Mapping[int, Choice] | None = None
) -> Sheet:
    """Those of `appointments` (of `for_list()`) that are open, each with what was chosen for it so far.

    A chosen slot that is none any longer is said so, and nothing is chosen. Queries: one, and `proposals_for`.
    """
    choices = choices or {}
    chosen = {pk: choice.destination for pk, choice in choices.items() if choice.act == Act.MOVE}
    open_rows = with_their_conflicts(appointments, now=now)
    movable = [row.appointment for row in open_rows]
    proposals = proposals_for(movable, membership=membership, now=now, chosen=chosen)
    zone = membership.organization.zone
    return Sheet([_row(row, proposals.get(row.appointment.pk, {}), choices, zone) for row in open_rows])


def _row(unsettled, proposals, choices, zone):
    appointment = unsettled.appointment
    choice = choices.get(appointment.pk)
    # What was seen stays what was seen, until the person has seen it anew.
    seen = choice.seen if choice else appointment.ics_sequence
    row = Row(unsettled, list(_options(proposals, seen, zone)))
    if choice is None:
        return row
    if not choice.is_understood:
        row.problem = NOT_UNDERSTOOD
    elif any(option.choice.text == choice.text for option in row.options):
        row.value = choice.text
    else:
        row.problem = GONE
    return row


def _options(proposals: Mapping[Kind, Proposal], seen, zone):
    for kind, proposal in sorted(proposals.items(), key=lambda item: list(Kind).index(item[0])):
        choice = Choice(Act.MOVE, proposal.calendar.pk, proposal.starts_at, seen=seen)
        yield Option(choice, _words(proposal, zone), answers=kind)
    yield Option(Choice(Act.UNSCHEDULE, seen=seen), "Déprogrammer", answers=Act.UNSCHEDULE)
    yield Option(Choice(Act.KEEP, seen=seen), "Garder tel quel", answers=Act.KEEP)
    yield Option(Choice(seen=seen), "Décider plus tard")


def _words(proposal, zone):
    local = proposal.starts_at.astimezone(zone)
    whose = f"avec {proposal.calendar}" if proposal.calendar.agent_id else str(proposal.calendar)
    at = format_time(local.time())
    if proposal.kind == Kind.COLLEAGUE:
        return f"Déplacer{NBSP}: même heure, {whose}"
    if proposal.kind == Kind.SAME_DAY:
        return f"Déplacer{NBSP}: le même jour à {at}, {whose}"
    day = format_day(local.date()).rsplit(" ", 1)[0]
    return f"Déplacer{NBSP}: {day} à {at}, même agenda"


def sentence_of(rows: Iterable[Row]) -> str:
    """« 10 déplacés chez un collègue, 15 déplacés, 5 déprogrammés »; nothing of nothing."""
    done = [row.chosen for row in rows]
    elsewhere = sum(option.answers in (Kind.COLLEAGUE, Kind.SAME_DAY) for option in done)
    parts = [
        (elsewhere, "déplacé chez un collègue", "déplacés chez un collègue"),
        (sum(option.answers == Kind.SAME_CALENDAR for option in done), "déplacé", None),
        (sum(option.answers == Act.UNSCHEDULE for option in done), "déprogrammé", None),
        (sum(option.answers == Act.KEEP for option in done), "gardé", None),
    ]
    return ", ".join(count(number, *words) for number, *words in parts if number)


def people_of(rows: Iterable[Row]) -> int:
    """How many people a message is for: the participants of what is moved or cancelled."""
    return sum(len(row.appointment.taking_part) for row in rows if row.chosen.choice.act != Act.KEEP)
