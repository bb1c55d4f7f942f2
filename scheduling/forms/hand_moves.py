"""An RDV that is moved by hand: as the grid sends it, and as it is typed."""

from datetime import datetime, timedelta

from django import forms
from django.db.models import Q

from organizations.addresses import id_in
from organizations.models import Location, Motif

from ..engine.delays import describe_duration
from ..engine.intervals import Interval
from ..engine.typography import NBSP, count
from ..engine.wall_clock import to_instant
from ..selectors.hand_moves import why_not_there
from .confirmation import WithConfirmation
from .standing import StandingForm
from .times import write_time

LONGEST = timedelta(days=1)


class LocalMomentField(forms.Field):
    """« 2026-03-02T10:00:00 » as the clocks of the organization show it, which the grid knows alone."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.zone = None

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            moment = datetime.fromisoformat(str(value)[:19])
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None or not 2000 <= moment.year <= 2100:
            raise forms.ValidationError("Cette date n'existe pas.")
        return to_instant(moment.date(), moment.time(), self.zone)


class DragForm(WithConfirmation, forms.Form):
    """Where the RDV was let go: its start, or its end where it was stretched; from which column to which.

    `agendas`, `lieu` and `adresse` come with `annuler`, which takes a move back: where it stood before, over whom.
    """

    debut = LocalMomentField(required=False)
    fin = LocalMomentField(required=False)
    de = forms.IntegerField(required=False)
    vers = forms.IntegerField(required=False)
    sequence = forms.IntegerField(min_value=0)
    annuler = forms.BooleanField(required=False)
    lieu = forms.IntegerField(required=False)
    adresse = forms.CharField(required=False, max_length=250)

    def __init__(self, *args, appointment, **kwargs):
        super().__init__(*args, **kwargs)
        self.appointment = appointment
        for name in ("debut", "fin"):
            self.fields[name].zone = appointment.organization.zone

    def clean(self):
        cleaned = super().clean()
        start = cleaned.get("debut") or self.appointment.starts_at
        end = cleaned.get("fin") or start + (self.appointment.ends_at - self.appointment.starts_at)
        if not timedelta(0) < end - start <= LONGEST:
            raise forms.ValidationError("Un rendez-vous se termine après son début, et dure une journée au plus.")
        cleaned["period"] = Interval(start, end)
        cleaned["agendas"], cleaned["chevauche"] = self._ids("agendas"), self._ids("chevauche")
        return cleaned

    def _ids(self, name):
        return [pk for text in self.data.getlist(name) if (pk := id_in(text)) is not None]

    @property
    def calendar_ids(self) -> list[int]:
        """All that it is to stand on: the column it left is replaced by the one it came to, unless it is there too."""
        own = [calendar.pk for calendar in self.appointment.calendars.all()]
        if self.cleaned_data["annuler"]:
            return self.cleaned_data["agendas"]
        left, reached = self.cleaned_data["de"], self.cleaned_data["vers"]
        if reached is None or reached in own or left not in own:
            return own
        return [reached if pk == left else pk for pk in own]


class ShiftForm(StandingForm):
    """When, where and on which calendars the RDV is to stand, typed. Without an end it lasts as long as before."""

    sequence = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, appointment, **kwargs):
        self.appointment = appointment
        super().__init__(*args, initial=self._initial(), **kwargs)
        self.is_on_site = appointment.motif.location_kind == Motif.LocationKind.ON_SITE
        if not self.is_on_site:
            del self.fields["lieu"], self.fields["adresse"]
        else:
            own = Q(closed_at=None) | Q(pk=appointment.location_id)
            self.fields["lieu"].queryset = Location.objects.visible_to(self.membership).filter(own)
        length = describe_duration(self.length_of())
        self.fields["fin"].help_text = f"Vide{NBSP}: il dure {length}, comme avant."

    def _initial(self):
        appointment = self.appointment
        calendars = [calendar.pk for calendar in appointment.calendars.all()]
        start = appointment.starts_at.astimezone(appointment.organization.zone)
        return {
            "jour": start.date(),
            "debut": write_time(start.time()),
            "agenda": calendars[0],
            "autres": calendars[1:],
            "lieu": appointment.location_id,
            "adresse": appointment.address,
            "sequence": appointment.ics_sequence,
        }

    @property
    def for_motif(self):
        return self.appointment.motif

    def length_of(self):
        return self.appointment.ends_at - self.appointment.starts_at

    def why_refused(self):
        number = len(self.appointment.calendars.all())
        if len(self.calendars) != number:
            return f"Ce rendez-vous reste sur {count(number, 'agenda')}{NBSP}: remplacez l'un par un autre."
        return why_not_there(self.appointment, self.calendars)

    @property
    def location_id(self):
        return super().location_id if self.is_on_site else self.appointment.location_id

    @property
    def address(self):
        return self.cleaned_data["adresse"] if self.is_on_site else self.appointment.address
