"""What an agent types to place a workshop, and to change one."""

import uuid
from datetime import timedelta

from django import forms
from django.db.models import Q

from organizations.forms.citizens import NO_OFFER
from organizations.models import Location, Motif

from ..engine.intervals import Interval
from ..engine.typography import NBSP, quote
from ..engine.wall_clock import end_instant, to_instant
from ..models import AppointmentStatus as Status
from ..models import Calendar, Participation
from ..selectors.placement_warnings import PlacementWarnings
from ..services.booking import Details
from ..services.seats import MOST_SEATS
from .booking import VideoLinkField
from .confirmation import WithConfirmation
from .times import PlanningDayField, WallTimeField, wall_time

MOST_WEEKS = 26
USUAL_SEATS = 10
LONGEST = timedelta(days=1)

COUNT_ERRORS = {"invalid": "Écrivez un nombre entier."}


class CalendarBoxesField(forms.ModelMultipleChoiceField):
    """Calendars by name, agents first; a desk with its place."""

    def label_from_instance(self, calendar):
        return f"{calendar} – {calendar.desk.location}" if calendar.desk_id else str(calendar)


class WorkshopForm(WithConfirmation, forms.Form):
    """What can be changed of a workshop as long as it lasts. With `workshop`, of that one."""

    seen = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)

    found = PlacementWarnings()

    title = forms.CharField(
        label="Intitulé",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Comme le motif"}),
    )
    seats = forms.IntegerField(
        label="Places",
        min_value=1,
        max_value=MOST_SEATS,
        initial=USUAL_SEATS,
        error_messages=COUNT_ERRORS
        | {
            "required": "Donnez le nombre de places.",
            "min_value": "Un atelier a au moins une place.",
            "max_value": f"Un atelier a au plus {MOST_SEATS} places.",
        },
    )
    location = forms.ModelChoiceField(
        label="Lieu", queryset=Location.objects.none(), required=False, empty_label="Aucun, ou un autre lieu"
    )
    address = forms.CharField(
        label="Autre lieu",
        max_length=250,
        required=False,
        widget=forms.TextInput(attrs=NO_OFFER),
    )
    video_url = VideoLinkField(
        label="Lien de la visio",
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Ce lien n'est pas complet. Il commence par https://."},
    )
    calendars = CalendarBoxesField(
        label="Agents et guichets",
        queryset=Calendar.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        error_messages={"required": "Choisissez au moins un agent ou un guichet."},
    )
    context_note = forms.CharField(
        label="Note pour les agents",
        required=False,
        help_text="Les participants ne la voient pas.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, membership, workshop=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership, self.workshop = membership, workshop
        self.own_ids = [calendar.pk for calendar in workshop.calendars.all()] if workshop else []
        locations, calendars = Location.objects.visible_to(membership), Calendar.objects.visible_to(membership)
        self.fields["location"].queryset = locations.filter(
            Q(closed_at=None) | Q(pk=workshop.location_id if workshop else None)
        )
        # Whose it is already stays on offer, archived since; whom the member may not see stays, whatever is ticked.
        offered = calendars.filter(Q(pk__in=calendars.in_use().values("pk")) | Q(pk__in=self.own_ids))
        self.fields["calendars"].queryset = offered.for_display()
        seen = set(calendars.filter(pk__in=self.own_ids).values_list("pk", flat=True))
        self.kept = [calendar for calendar in (workshop.calendars.all() if workshop else ()) if calendar.pk not in seen]
        self.fields["calendars"].required = not self.kept
        if workshop is None:
            self.initial.setdefault("calendars", self._own_calendar())

    def _own_calendar(self):
        return list(Calendar.objects.visible_to(self.membership).filter(agent=self.membership.agent))

    @property
    def motif(self):
        return self.workshop.motif

    def clean(self):
        cleaned = super().clean()
        motif = self.motif
        if motif is not None and motif.location_kind == Motif.LocationKind.ON_SITE and not self._has_place(cleaned):
            self.add_error("location", f"Choisissez un lieu ou écrivez-en un{NBSP}: {quote(motif)} se tient sur place.")
        if cleaned.get("location") and cleaned.get("address"):
            self.add_error("address", "Choisissez un lieu de la liste, ou écrivez-en un autre, pas les deux.")
        return cleaned

    def _has_place(self, cleaned):
        return cleaned.get("location") or cleaned.get("address") or self.errors.keys() & {"location", "address"}

    def accepts(self, found: PlacementWarnings) -> bool:
        """Whether exactly these warnings were shown and confirmed."""
        self.found = found
        return self.confirms(found.sentences)

    @property
    def calendar_ids(self):
        return [calendar.pk for calendar in [*self.kept, *self.cleaned_data["calendars"]]]

    @property
    def location_id(self):
        location = self.cleaned_data["location"]
        return location.pk if location else None

    @property
    def details(self):
        names = ("title", "seats", "address", "video_url", "context_note")
        return Details(**{name: self.cleaned_data[name] for name in names})


class PresenceForm(forms.Form):
    """What came of one person; of everybody who is expected when it names nobody."""

    participation = forms.ModelChoiceField(Participation.objects.none(), required=False)
    status = forms.ChoiceField(
        choices=[(status, status) for status in (Status.FULFILLED, Status.NO_SHOW, Status.BOOKED)]
    )

    def __init__(self, *args, workshop, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["participation"].queryset = workshop.participations.listed()

    def clean(self):
        cleaned = super().clean()
        of_everybody = not self.errors and cleaned["participation"] is None
        if of_everybody and cleaned["status"] != Status.FULFILLED:
            self.add_error("status", "De tous, on ne dit que leur présence.")
        return cleaned


class SeatForm(forms.Form):
    """Who is let in from the queue."""

    participation = forms.ModelChoiceField(Participation.objects.none())

    def __init__(self, *args, workshop, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["participation"].queryset = workshop.participations.waiting().select_related("citizen")


class NewWorkshopForm(WorkshopForm):
    """The same with what stays as it is: the motif, the day and the hours; and how often it is repeated."""

    motif_choice = forms.ModelChoiceField(
        label="Motif",
        queryset=Motif.objects.none(),
        empty_label="Choisissez un motif",
        error_messages={"required": "Choisissez un motif."},
    )
    day = PlanningDayField(label="Date", error_messages={"required": "Donnez la date."})
    start_time = WallTimeField(label="De", error_messages={"required": "Donnez l'heure de début."})
    end_time = WallTimeField(label="À", is_end=True, required=False)
    weeks = forms.IntegerField(
        label="Séances, une par semaine",
        min_value=1,
        max_value=MOST_WEEKS,
        initial=1,
        error_messages=COUNT_ERRORS
        | {
            "required": "Donnez le nombre de séances.",
            "min_value": "Il y a au moins une séance.",
            "max_value": f"Il y a au plus {MOST_WEEKS} séances à la fois.",
        },
    )
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    # As they stand on the page, so that the summary of errors reads from top to bottom.
    field_order = ["motif_choice", "title", "day", "start_time", "end_time", "seats", "weeks", "location"]

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, membership=membership, **kwargs)
        motifs = Motif.objects.visible_to(membership).active().filter(is_collective=True)
        self.fields["motif_choice"].queryset = motifs.select_related("organization__territory")
        only = list(motifs[:2])
        if len(only) == 1:
            self.initial.setdefault("motif_choice", only[0].pk)

    @property
    def motif(self):
        return self.cleaned_data.get("motif_choice")

    def clean(self):
        cleaned = super().clean()
        if self.errors.keys() & {"day", "start_time", "end_time"} or self.motif is None:
            return cleaned
        start, end, zone = cleaned["start_time"], cleaned["end_time"], self.membership.organization.zone
        if end is not None and end <= start:
            self.add_error("end_time", "L'atelier doit se terminer après son début.")
            return cleaned
        cleaned["periods"] = [
            self._period(cleaned["day"] + timedelta(weeks=week), start, end, zone)
            for week in range(cleaned.get("weeks") or 1)
        ]
        if not all(cleaned["periods"]):
            self.add_error("start_time", "Cette heure n'existe pas ce jour-là.")
        elif any(period.duration > LONGEST for period in cleaned["periods"]):
            # From midnight to midnight on the day on which clocks go back.
            self.add_error("end_time", "Un atelier dure 24 heures au plus.")
        return cleaned

    def _period(self, day, start, end, zone):
        """The hours of the clocks on that day; None where a change of the clocks leaves nothing of them."""
        starts_at = to_instant(day, wall_time(start), zone)
        ends_at = starts_at + self.motif.duration if end is None else end_instant(day, wall_time(end), zone)
        return Interval(starts_at, ends_at) if starts_at < ends_at else None
