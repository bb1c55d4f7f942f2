"""What programs fill in and people do not see."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TrapField(forms.CharField):
    """Hidden from people by the style sheet and by its own words."""

    def __init__(self):
        super().__init__(
            label=_("Ne remplissez pas ce champ"),
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
        )

    def clean(self, value):
        if super().clean(value):
            raise forms.ValidationError(_("Ce champ doit rester vide."))
        return ""
