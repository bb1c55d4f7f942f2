"""What an administrator of a territory types about an entry of its lists: a name."""

from django import forms


class NameField(forms.CharField):
    """A name that no other of `rows` bears, whatever the case; spaces as people mean them."""

    def __init__(self, *, rows=None, taken="Ce nom est déjà pris.", **kwargs):
        super().__init__(max_length=120, widget=forms.TextInput({"autocomplete": "off"}), **kwargs)
        self.rows, self.taken = rows, taken

    def clean(self, value):
        name = " ".join(super().clean(value).split())
        if self.rows.filter(name__iexact=name).exists():
            raise forms.ValidationError(self.taken)
        return name


class EntryForm(forms.Form):
    """`rows` are those of the territory; `entry` is the one to be renamed, if any."""

    name = NameField(label="Nom", error_messages={"required": "Donnez un nom."})

    def __init__(self, *args, rows, entry=None, **kwargs):
        super().__init__(*args, initial={"name": entry.name} if entry else None, **kwargs)
        self.fields["name"].rows = rows.exclude(pk=entry.pk) if entry else rows
        self.fields["name"].taken = f"Ce {rows.model._meta.verbose_name} existe déjà."
