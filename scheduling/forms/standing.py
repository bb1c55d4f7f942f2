"""When, where and on which calendars an RDV stands, as an agent types it who places or moves one by hand."""

from datetime import datetime, timedelta

from django import forms

from organizations.forms.citizens import NO_OFFER
from organizations.models import Location, Motif

from ..engine.intervals import Interval
from ..engine.typography import NBSP, enumerate_words, quote
from ..engine.wall_clock import end_instant, to_instant
from ..models import Calendar
from ..selectors.placement_warnings import PlacementWarnings
from ..selectors.served_motifs import served_by
from .confirmation import WithConfirmation
from .openings import CalendarChoiceField
from .times import PlanningDayField, WallTimeField, wall_time

LONGEST = timedelta(days=1)


class StandingForm(WithConfirmation, forms.Form):
    """`period` and `calendars` are there once what they come from is right, whatever else is still to be typed.

    A subclass says which motif it is about, and how long an RDV lasts of which nobody typed the end.
    """

    agenda = CalendarChoiceField(
        label="Agenda", empty_label="Choisissez l'agenda", error_messages={"required": "Choisissez un agenda."}
    )
    autres = forms.ModelMultipleChoiceField(
        label="Avec d'autres agendas",
        queryset=Calendar.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
    )
    jour = PlanningDayField(label="Jour", error_messages={"required": "Donnez le jour."})
    debut = WallTimeField(label="De", error_messages={"required": "Donnez l'heure de début."})
    fin = WallTimeField(label="À", is_end=True, required=False)
    lieu = forms.ModelChoiceField(
        label="Lieu", queryset=Location.objects.none(), required=False, empty_label="Une adresse d'une seule fois"
    )
    adresse = forms.CharField(
        label="Adresse d'une seule fois", max_length=250, required=False, widget=forms.TextInput(attrs=NO_OFFER)
    )

    start: datetime | None = None
    period: Interval | None = None
    found = PlacementWarnings()
    # What was ticked where the form is shown again without being sent.
    confirmed: str | None = None

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership, self.organization = membership, membership.organization
        self.calendars: list[Calendar] = []
        offered = Calendar.objects.visible_to(membership).in_use().for_display()
        self.fields["agenda"].queryset = self.fields["autres"].queryset = offered
        self.fields["lieu"].queryset = Location.objects.visible_to(membership).filter(closed_at=None)

    @property
    def for_motif(self) -> Motif | None:
        raise NotImplementedError

    def length_of(self) -> timedelta | None:
        raise NotImplementedError

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("agenda"):
            self.calendars = list(dict.fromkeys([cleaned["agenda"], *cleaned.get("autres", ())]))
        self._read_period(cleaned)
        self._check_place(cleaned)
        self._check_served()
        return cleaned

    def _read_period(self, cleaned):
        day, start, end = (cleaned.get(name) for name in ("jour", "debut", "fin"))
        if day is None or start is None:
            return
        zone, length = self.organization.zone, self.length_of()
        self.start = starts_at = to_instant(day, wall_time(start), zone)
        if "fin" in self.errors or (end is None and length is None):
            return
        ends_at = starts_at + length if end is None else end_instant(day, wall_time(end), zone)
        if ends_at <= starts_at:
            self.add_error("fin", "Le rendez-vous doit se terminer après son début.")
        elif ends_at - starts_at > LONGEST:
            self.add_error("fin", "Un rendez-vous dure une journée au plus.")
        else:
            self.period = Interval(starts_at, ends_at)

    def _check_place(self, cleaned):
        """What is on site is somewhere: at a place of the organization, or at an address typed for this once."""
        if self.for_motif is None or self.for_motif.location_kind != Motif.LocationKind.ON_SITE:
            cleaned["lieu"], cleaned["adresse"] = None, ""
            return
        if cleaned.get("lieu"):
            cleaned["adresse"] = ""
        elif not cleaned.get("adresse") and not self.errors.keys() & {"lieu", "adresse"}:
            self.add_error("lieu", f"Choisissez un lieu, ou écrivez l'adresse{NBSP}: ce motif se tient sur place.")

    def _check_served(self):
        if self.calendars and self.for_motif is not None and (refusal := self.why_refused()):
            self.add_error("agenda", refusal)

    def why_refused(self) -> str:
        """Why the RDV cannot stand on these calendars at all; nothing where it can."""
        refusing = served_by(self.calendars, self.organization).refusing(self.calendars, self.for_motif)
        if not refusing:
            return ""
        names = enumerate_words([quote(calendar) for calendar in refusing])
        have = "n'a pas" if len(refusing) == 1 else "n'ont pas"
        return f"{names} {have} le motif {quote(self.for_motif)} parmi les siens."

    @property
    def location_id(self) -> int | None:
        location = self.cleaned_data.get("lieu")
        return location.pk if location else None

    @property
    def calendar_ids(self) -> list[int]:
        return [calendar.pk for calendar in self.calendars]

    def accepts(self, found: PlacementWarnings) -> bool:
        """Whether exactly these warnings were shown and confirmed."""
        self.found = found
        return self.confirms(found.sentences)

    @property
    def is_confirmed(self) -> bool:
        """Whether the box is ticked for the warnings that are shown."""
        return self.fingerprint in (self.data.get("confirmed"), self.confirmed)
