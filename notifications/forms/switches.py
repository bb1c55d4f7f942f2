"""What administrators choose of the messages of a level: which events on which channels, and of a territory when."""

from datetime import timedelta

from django import forms

from organizations.models.territories import LONGEST_QUIET
from scheduling.engine.typography import NBSP
from scheduling.forms.durations import LeadTimesField
from scheduling.forms.times import WallTimeField, wall_time, write_time

from ..exceptions import SwitchesChanged
from ..levels import Level
from ..models import SWITCHABLE, Message
from ..models.levels import LevelName
from ..selectors.switches import Switches
from ..texts import EVENTS

ON, OFF, AS_ABOVE = "oui", "non", ""
_VALUES = {ON: True, OFF: False, AS_ABOVE: None}
_WRITTEN = {value: written for written, value in _VALUES.items()}

_ABOVE = {
    LevelName.MOTIF: "Comme l'organisation",
    LevelName.ORGANIZATION: "Comme le territoire",
    LevelName.TERRITORY: "Par défaut",
}


class SwitchesForm(forms.Form):
    """One choice for each event and channel: here, or what the level above says.

    Each remembers what it showed, so that two who change different ones at once both have their way.
    """

    def __init__(self, *args, level: Level, switches: Switches, **kwargs):
        super().__init__(*args, **kwargs)
        self.level = level
        self.cells = {(kind, channel): f"{kind}-{channel}" for kind in SWITCHABLE for channel in Message.Channel}
        for (kind, channel), name in self.cells.items():
            above = switches.of_level(level.above, kind=kind, channel=channel)
            own = switches.own_row(level, kind=kind, channel=channel)
            inherited = f"{_ABOVE[level.name]} ({'oui' if above.is_on else 'non'})"
            self.fields[name] = forms.ChoiceField(
                label=f"{EVENTS[kind]}, {channel.label}",
                required=False,
                choices=[(AS_ABOVE, inherited), (ON, "Oui"), (OFF, "Non")],
                initial=_WRITTEN[own.is_on if own else None],
                show_hidden_initial=True,
            )

    def cell(self, kind, channel):
        """None for what always leaves."""
        name = self.cells.get((kind, channel))
        return self[name] if name else None

    @property
    def wanted(self) -> dict:
        """What this person changed."""
        return {
            cell: _VALUES[self.cleaned_data[name]] for cell, name in self.cells.items() if name in self.changed_data
        }

    @property
    def seen(self) -> dict:
        """What stood there before, of the same."""
        return {cell: _VALUES.get(self._shown(cell)) for cell in self.wanted}

    @property
    def territory_fields(self) -> dict:
        return {}

    def show_changed(self, refusal: SwitchesChanged, switches: Switches):
        """Say which of them somebody else has just set, and how they stand: to save again is to decide against it."""
        self.add_error(None, refusal.message)
        self.data = self.data.copy()
        for cell in sorted(refusal.cells):
            own = switches.own_row(self.level, kind=cell[0], channel=cell[1])
            self.data[self.cell(*cell).html_initial_name] = _WRITTEN[own.is_on if own else None]
            by = f" par {own.changed_by}" if own and own.changed_by else ""
            now = f"réglé ici sur {'oui' if own.is_on else 'non'}" if own else "rendu au niveau du dessus"
            self.add_error(self.cells[cell], f"Entre-temps{NBSP}: {now}{by}.")

    def _shown(self, cell):
        return self.data.get(self.cell(*cell).html_initial_name, AS_ABOVE)


class QuietTimeField(WallTimeField):
    def has_changed(self, initial, data):
        """Both as minutes: « 20h » and « 20:00 » are one."""
        return forms.Field.has_changed(self, initial, data)


class TerritorySwitchesForm(SwitchesForm):
    reminder_lead_times = LeadTimesField(
        help_text=f"Avant le rendez-vous, séparés par des virgules{NBSP}: 48h, 6h. Un motif peut avoir les siens. "
        f"Vide{NBSP}: aucun rappel.",
        show_hidden_initial=True,
    )
    quiet_from = QuietTimeField(
        label="Pas de SMS à partir de",
        error_messages={"required": "Donnez l'heure à laquelle les SMS s'arrêtent."},
        show_hidden_initial=True,
    )
    quiet_until = QuietTimeField(
        label="Jusqu'à",
        is_end=True,
        error_messages={"required": "Donnez l'heure à laquelle les SMS reprennent."},
        show_hidden_initial=True,
    )

    def __init__(self, *args, level, **kwargs):
        super().__init__(*args, level=level, **kwargs)
        territory = level.territory
        names = ("reminder_lead_times", "quiet_from", "quiet_until")
        self.initial |= {name: _shown(name, getattr(territory, name)) for name in names}
        for name in ("quiet_from", "quiet_until"):
            self.fields[name].widget.attrs["placeholder"] = self.initial[name]

    def clean(self):
        start, end = (self.cleaned_data.get(name) for name in ("quiet_from", "quiet_until"))
        if start is None or end is None:
            return
        if timedelta(minutes=end - start if end >= start else end + 24 * 60 - start) > LONGEST_QUIET:
            raise forms.ValidationError(
                {"quiet_until": f"Les SMS doivent pouvoir partir au moins 8{NBSP}heures par jour."}
            )

    @property
    def territory_fields(self) -> dict:
        """What a service takes. Of the quiet hours both or none: each alone might fit and the pair not."""
        fields = {}
        if "reminder_lead_times" in self.changed_data:
            fields["reminder_lead_times"] = self.cleaned_data["reminder_lead_times"] or []
        if {"quiet_from", "quiet_until"} & set(self.changed_data):
            fields |= {name: wall_time(self.cleaned_data[name]) for name in ("quiet_from", "quiet_until")}
        return fields

    @property
    def territory_seen(self) -> dict:
        """What stood there before, of the same; None for what is no such value."""
        return {name: self._seen(name) for name in self.territory_fields}

    def _seen(self, name):
        try:
            value = self.fields[name].clean(self.data.get(self[name].html_initial_name, ""))
        except forms.ValidationError:
            return None
        return (value or []) if name == "reminder_lead_times" else wall_time(value)

    def show_changed(self, refusal: SwitchesChanged, switches: Switches):
        """What this person had not touched shows what stands now."""
        super().show_changed(refusal, switches)
        mine = set(self.changed_data)
        for name, value in sorted(refusal.fields.items()):
            stands = self.fields[name].prepare_value(_shown(name, value))
            self.data[self[name].html_initial_name] = stands or ""
            if name not in mine:
                self.data[self[name].html_name] = stands or ""
            self.add_error(name, f"Entre-temps{NBSP}: réglé sur {stands or 'aucun'}.")


def _shown(name, value):
    return (value or None) if name == "reminder_lead_times" else write_time(value)
