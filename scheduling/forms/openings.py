"""What an agent types to open hours, and to find openings."""

from django import forms
from django.db.models import Q

from organizations.models import Location, Motif

from ..engine.typography import NBSP, quote
from ..models import Calendar, Opening
from .series import SeriesForm
from .teams import TeamField
from .times import WallTimeField, wall_time, write_time


class CalendarChoiceField(forms.ModelChoiceField):
    """Calendars by name, agents first; a desk with its place."""

    def __init__(self, **kwargs):
        super().__init__(queryset=Calendar.objects.none(), **kwargs)

    def label_from_instance(self, calendar):
        return f"{calendar} – {calendar.desk.location}" if calendar.desk_id else str(calendar)

    def offer(self, membership, *, of=None):
        """Those the member manages, their own first; the calendar of a series to be changed stays."""
        if of is not None:
            self.queryset = Calendar.objects.visible_to(membership).filter(pk=of.calendar_id).for_display()
            self.disabled, self.initial, self.empty_label = True, of.calendar_id, None
            return
        self.queryset = Calendar.objects.visible_to(membership).managed_by(membership).in_use().for_display()
        own = self.queryset.filter(agent=membership.agent).first()
        if own is not None:
            self.initial, self.empty_label = own.pk, None


class OpeningForm(SeriesForm):
    """Shape and consistency of what was typed. The rules of the product live in `services.openings`."""

    calendar = CalendarChoiceField(label="Agenda", error_messages={"required": "Choisissez un agenda."})
    motifs = forms.ModelMultipleChoiceField(
        label="Motifs",
        queryset=Motif.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices-scroll"}),
        error_messages={"required": "Choisissez au moins un motif."},
    )
    location = forms.ModelChoiceField(
        label="Lieu",
        queryset=Location.objects.none(),
        required=False,
        empty_label="Aucun lieu",
        help_text="Nécessaire si un des motifs se tient sur place. À un guichet, vide veut dire celui du guichet.",
    )
    start_time = WallTimeField(label="De", error_messages={"required": "Donnez l'heure de début."})
    end_time = WallTimeField(label="À", is_end=True, error_messages={"required": "Donnez l'heure de fin."})

    field_order = ["calendar", "title", "motifs", "location", "first_day", "start_time", "end_time"]

    def __init__(self, *args, membership, part=None, **kwargs):
        super().__init__(*args, part=part, **kwargs)
        self.membership, series = membership, self.series
        self.fields["calendar"].offer(membership, of=series)
        motifs = Motif.objects.visible_to(membership).active()
        locations = Location.objects.visible_to(membership).filter(closed_at=None)
        if series is not None:
            # What it has already stays on offer, archived or closed since.
            motifs = Motif.objects.for_organization(membership.organization).filter(
                Q(pk__in=motifs.values("pk")) | Q(openings=series)
            )
            locations = Location.objects.visible_to(membership).filter(Q(closed_at=None) | Q(pk=series.location_id))
        self.fields["motifs"].queryset = motifs.distinct()
        self.fields["location"].queryset = locations

    @staticmethod
    def initial_of(opening, days):
        return SeriesForm.initial_of(opening, days) | {
            "motifs": [motif.pk for motif in opening.motifs.all()],
            "location": opening.location_id,
            "start_time": write_time(opening.start_time),
            "end_time": write_time(opening.end_time, is_end=True),
        }

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("start_time"), cleaned.get("end_time")
        if end == 0:
            end = cleaned["end_time"] = 24 * 60
        if start is not None and end is not None and start >= end:
            self.add_error("end_time", "La plage doit se terminer après son début.")
        self._check_location(cleaned)
        return cleaned

    def _check_location(self, cleaned):
        calendar = cleaned.get("calendar")
        if cleaned.get("location") is None and "location" not in self.errors and calendar and calendar.desk_id:
            cleaned["location"] = calendar.desk.location
        on_site = [motif for motif in cleaned.get("motifs", ()) if motif.location_kind == Motif.LocationKind.ON_SITE]
        if on_site and cleaned.get("location") is None and "location" not in self.errors:
            self.add_error("location", f"Choisissez un lieu{NBSP}: {quote(on_site[0])} se tient sur place.")

    @property
    def chosen_calendar(self) -> Calendar | None:
        """The agenda chosen so far, whatever else is still to be typed. One query before anything is sent."""
        if self.is_bound:
            return self.cleaned_data.get("calendar")
        try:
            return self.fields["calendar"].to_python(self["calendar"].value())
        except forms.ValidationError:  # The address names one that is not on offer.
            return None

    @property
    def has_occasion(self) -> bool:
        """Whether days and hours are known and right, whatever else is still to be typed."""
        return "recurrence" in self.cleaned_data and not self.errors.keys() & {"start_time", "end_time"}

    @property
    def service_fields(self) -> dict:
        """What `open_hours` and `change_opening` write."""
        cleaned = self.cleaned_data
        return {
            "title": cleaned.get("title", ""),
            "location": cleaned.get("location"),
            "first_day": cleaned["first_day"],
            "start_time": wall_time(cleaned["start_time"]),
            "end_time": wall_time(cleaned["end_time"]),
            "rrule": cleaned["rrule"],
        }

    def draft(self) -> Opening:
        """The opening as typed, not saved, perhaps without calendar; only where `has_occasion`."""
        return Opening(
            pk=self.part and self.part.draft_pk,
            organization=self.membership.organization,
            calendar=self.cleaned_data.get("calendar"),
            excluded_days=sorted(self.cleaned_data["recurrence"].excluded_days),
            **self.service_fields,
        )


class SeriesFilterForm(forms.Form):
    """The list of openings or unavailabilities: of whom, and whether those that are over are shown."""

    equipe = TeamField()
    agenda = CalendarChoiceField(label="Agenda", required=False, empty_label="Tous les agendas")
    passees = forms.BooleanField(label="Afficher aussi celles qui sont terminées", required=False)

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership = membership
        self.fields["agenda"].queryset = Calendar.objects.visible_to(membership).in_use().for_display()
        if not self.fields["equipe"].offer(membership) and "equipe" not in self.data:
            del self.fields["equipe"]

    @property
    def narrows_to_team(self) -> bool:
        return "equipe" in self.errors or bool(self.cleaned_data.get("equipe"))

    def filter(self, series, *, today):
        self.is_valid()  # What cannot be read in the address filters nothing; but what is no team is nobody.
        if "equipe" in self.errors:
            return series.none()
        if team := self.cleaned_data.get("equipe"):
            series = series.filter(calendar__in=Calendar.objects.visible_to(self.membership).of_team(team).values("pk"))
        if calendar := self.cleaned_data.get("agenda"):
            series = series.filter(calendar=calendar)
        if not self.cleaned_data.get("passees"):
            series = series.filter(Q(last_day=None) | Q(last_day__gte=today))
        return series
