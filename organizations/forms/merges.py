"""Which value of two records stays, field by field."""

from django import forms

from ..models import Citizen
from ..services.merges import FIELDS, Side, fingerprint, values_of
from ..templatetags.phones import readable_phone

NBSP = "\u00a0"
NOBODY = f"Personne{NBSP}: reçoit ses propres messages"
OF_ANOTHER_SERVICE = "Une personne que connaît un autre service"


class MergeForm(forms.Form):
    """Of the fields in which `winner` and `loser` differ, whose value stays; what one of them lacks is proposed.

    `names` are the people responsible whose names the reader may see, by id.
    """

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, winner: Citizen, loser: Citizen, names: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.winner, self.loser, self.names = winner, loser, names
        self.initial["seen"] = fingerprint(winner=winner, loser=loser)
        values = {side: values_of(record) for side, record in self._sides()}
        self.same = []
        for name in FIELDS:
            of_both = [values[side][name] for side, _ in self._sides()]
            if of_both[0] != of_both[1]:
                if choice := self._choice(name, *of_both):
                    self.fields[name] = choice
            elif of_both[0] not in ("", None):
                self.same.append((self._label(name), self._text(name, winner)))

    def _sides(self):
        return (Side.WINNER, self.winner), (Side.LOSER, self.loser)

    def _choice(self, name, of_winner, of_loser):
        choices = [(side, self._text(name, record) or "(vide)") for side, record in self._sides()]
        initial = Side.WINNER if of_winner not in ("", None) else Side.LOSER
        if name.startswith("notify"):
            initial = Side.LOSER if of_winner is True else Side.WINNER  # Any no is a no.
        if name == "notes" and of_winner and of_loser:
            choices.append((Side.BOTH, "Les deux, l'une après l'autre"))
            initial = Side.BOTH
        if name == "responsible":
            choices = [(side, text) for side, text in choices if text != "(vide)"]
            if not choices:
                return None
            choices.append((Side.NEITHER, NOBODY))
            initial = choices[0][0]
        return forms.ChoiceField(label=self._label(name), choices=choices, initial=initial, widget=forms.RadioSelect)

    @staticmethod
    def _label(name):
        labels = {"notify_by_email": "E-mails", "notify_by_sms": "SMS", "responsible": "Messages adressés à"}
        label = labels.get(name) or Citizen._meta.get_field(name).verbose_name
        return label[:1].upper() + label[1:]

    def _text(self, name, record):
        value = getattr(record, "responsible_id" if name == "responsible" else name)
        # Of two of whom one answered for the other, nobody does afterwards.
        if value in (None, "") or (name == "responsible" and value in (self.winner.pk, self.loser.pk)):
            return ""
        if name == "responsible":
            return self.names.get(value, OF_ANOTHER_SERVICE)
        if isinstance(value, bool):
            return "Acceptés" if value else "Refusés"
        if name == "birth_date":
            return f"{value:%d/%m/%Y}"
        return readable_phone(value) if name == "phone" else str(value)

    @property
    def is_stale(self) -> bool:
        """What was sent was chosen between other values than those there are."""
        sent = self.data.get("seen")
        return self.is_bound and bool(sent) and sent != self.initial["seen"]

    @property
    def choices(self) -> dict[str, Side]:
        return {name: Side(self.cleaned_data[name]) for name in FIELDS if name in self.fields}
