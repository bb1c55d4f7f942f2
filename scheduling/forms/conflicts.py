"""What the screen of RDVs to settle is asked in its address, and what somebody chose on it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from organizations.addresses import id_in

from ..engine.conflicts import Reason
from ..models import Calendar
from ..selectors.calendar_choice import TeamChoice, choose_team
from ..selectors.open_conflicts import calendars_to_settle
from ..services.conflict_settling import Act

LATER = "plus-tard"

_CHOICE, _SEEN = "rdv-", "vu-"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class ConflictFilter:
    """`offered` calendars have something to settle; `chosen` are those of the address, None being all of them.

    `named` are those the address names one by one; a team chooses among them, or among all.
    """

    offered: list[Calendar]
    chosen: list[Calendar] | None
    named: frozenset[int]
    team: TeamChoice
    reason: str

    @property
    def is_narrowed(self):
        return self.chosen is not None or bool(self.reason)

    @property
    def restrictions(self):
        return {
            "calendars": None if self.chosen is None else [calendar.pk for calendar in self.chosen],
            "reason": self.reason,
        }


def filter_in(parameters, *, membership, now) -> ConflictFilter:
    """`?agenda=3&agenda=5&equipe=2&raison=closed`. A calendar that the member may not see is nobody, not everybody; so
    is what is no team. Four queries at most.
    """
    asked = parameters.getlist("agenda")
    ids = [found for text in asked if (found := id_in(text)) is not None]
    team = choose_team(membership, parameters.get("equipe", ""))
    visible = Calendar.objects.visible_to(membership).for_display()
    if asked:
        visible = visible.filter(pk__in=ids)
    if team.is_asked:
        visible = visible.filter(agent__in=team.agent_ids)
    reason = parameters.get("raison", "")
    return ConflictFilter(
        offered=list(calendars_to_settle(membership, now=now)),
        chosen=list(visible) if asked or team.is_asked else None,
        named=frozenset(ids),
        team=team,
        reason=reason if reason in list(Reason) else "",
    )


@dataclass(frozen=True)
class Choice:
    """What is to become of one RDV, as it stands in the form. `act` None is: later."""

    act: Act | None = None
    calendar_id: int | None = None
    starts_at: datetime | None = None
    seen: int = -1
    is_understood: bool = True

    @property
    def text(self) -> str:
        if self.act == Act.MOVE:
            return f"{self.act}@{self.calendar_id}@{self.starts_at.astimezone(UTC):{_MOMENT}}"
        return str(self.act or LATER)

    @property
    def destination(self):
        return self.calendar_id, self.starts_at


def choices_in(posted) -> dict[int, Choice]:
    """By RDV; what is not understood is put off."""
    choices = {}
    for name in posted:
        pk = id_in(name.removeprefix(_CHOICE)) if name.startswith(_CHOICE) else None
        if pk is not None:
            choices[pk] = _choice(posted[name], seen=id_in(posted.get(f"{_SEEN}{pk}", "")))
    return choices


def _choice(text, *, seen):
    seen = -1 if seen is None else seen
    if text == LATER:
        return Choice(seen=seen)
    act, _, destination = text.partition("@")
    if act in (Act.KEEP, Act.UNSCHEDULE) and not destination:
        return Choice(Act(act), seen=seen)
    calendar_id, _, moment = destination.partition("@")
    calendar_id, starts_at = id_in(calendar_id), _moment_in(moment)
    if act != Act.MOVE or calendar_id is None or starts_at is None:
        return Choice(seen=seen, is_understood=False)
    return Choice(Act.MOVE, calendar_id, starts_at, seen=seen)


def _moment_in(text) -> datetime | None:
    """Far from the ends of the calendar, where a change of zone overflows."""
    try:
        moment = datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if 2000 <= moment.year <= 2100 else None


def signature_of(choices: dict[int, Choice]) -> str:
    """What a confirmation confirms: other choices have another one."""
    written = "\n".join(f"{pk}={choice.text}" for pk, choice in sorted(choices.items()))
    return hashlib.sha256(written.encode()).hexdigest()[:32]
