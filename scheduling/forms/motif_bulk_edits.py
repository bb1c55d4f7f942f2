"""Which field of many motifs is to change, and the new value: typed in the field of the motif's own form."""

from django import forms

from organizations.models import Motif

from ..engine.typography import NBSP
from ..motif_fields import BULK_FIELDS, ChoiceMotifField, Mode, MotifField
from .motifs import MotifForm

ARCHIVED_LABEL = "En service ou archivé"
ARCHIVING = [("1", "Archiver"), ("0", "Remettre en service")]
MODES = [
    (Mode.REPLACE, "Remplacer la liste"),
    (Mode.ADD, "Ajouter à la liste"),
    (Mode.REMOVE, "Retirer de la liste"),
]


def bulk_field_labels(territory) -> dict[str, str]:
    """By name, in the order of the motif's form, what can be changed in the territory. Two queries."""
    fields = MotifForm(territory=territory).fields
    labels = {name: fields[name].label for name in BULK_FIELDS if name in fields}
    return {name: label[0].upper() + label[1:] for name, label in labels.items()} | {"archived": ARCHIVED_LABEL}


class BulkFieldForm(forms.Form):
    champ = forms.ChoiceField(label="Champ à modifier")

    def __init__(self, data=None, *, territory):
        super().__init__(data)
        self.fields["champ"].choices = [("", "Choisir un champ"), *bulk_field_labels(territory).items()]

    @property
    def field(self) -> MotifField | None:
        return BULK_FIELDS[self.cleaned_data["champ"]] if self.is_valid() else None


class BulkValueForm(forms.Form):
    """The field is called as in the motif's form; `mode` asks what happens to the lists that are there."""

    def __init__(self, data=None, *, field: MotifField, territory):
        super().__init__(data)
        self.field = field
        if field.is_list:
            self.fields["mode"] = forms.ChoiceField(
                label="Que faire de la liste de chaque motif",
                choices=MODES,
                initial=Mode.REPLACE,
                widget=forms.RadioSelect,
                required=False,
            )
        self.fields[field.name] = _value_field(field, territory)

    def clean(self):
        cleaned = super().clean()
        if self.field.is_list and not cleaned.get(self.field.name) and self.mode != Mode.REPLACE:
            self.add_error(self.field.name, f"Choisissez ce qu'il faut {_VERBS[self.mode]}.")
        return cleaned

    @property
    def duration(self):
        """The bound field, where what is typed is a duration: what it means is shown beneath."""
        return self[self.field.name] if self.field.name in MotifForm.DURATIONS else None

    @property
    def mode(self) -> Mode:
        return Mode(self.cleaned_data.get("mode") or Mode.REPLACE)

    @property
    def value(self):
        """As `MotifField.kept`; durations left empty are none."""
        value = self.cleaned_data[self.field.name]
        return value == "1" if self.field.name == "archived" else self.field.kept(value)


_VERBS = {Mode.ADD: "ajouter", Mode.REMOVE: "retirer"}


def _value_field(field, territory):
    if field.name == "archived":
        return forms.ChoiceField(
            label=ARCHIVED_LABEL,
            choices=ARCHIVING,
            widget=forms.RadioSelect,
            error_messages={"required": f"Choisissez{NBSP}: archiver ou remettre en service."},
        )
    value_field = MotifForm(territory=territory).fields[field.name]
    if isinstance(field, ChoiceMotifField):
        value_field.required = True
    if field.name in MotifForm.Meta.fields:
        # The form of a motif has its row check these.
        value_field.validators = [*value_field.validators, *Motif._meta.get_field(field.name).validators]
    return value_field
