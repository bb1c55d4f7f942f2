"""Which moments somebody wants to be shown."""

from collections.abc import Collection

from django import forms
from django.utils.translation import gettext_lazy as _

from .earlier_slots import MOMENT_NAMES, weekday_name

# The form stands on its own at the end of the page: its boxes are inside another one, which books.
FORM_ID = "slot-filter"

_BOXES = {"class": "choices-inline", "form": FORM_ID}


class SlotFilterForm(forms.Form):
    """Boxes to tick, `weekdays` among them; what was ticked is read by `SlotFilter`, which refuses nothing."""

    moments = forms.MultipleChoiceField(
        label=_("Moments de la journée"),
        required=False,
        choices=list(MOMENT_NAMES.items()),
        widget=forms.CheckboxSelectMultiple(attrs=_BOXES),
    )
    jours = forms.MultipleChoiceField(
        label=_("Jours de la semaine"), required=False, widget=forms.CheckboxSelectMultiple(attrs=_BOXES)
    )

    def __init__(self, *args, weekdays: Collection[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["jours"].choices = [(day, weekday_name(day)) for day in sorted(weekdays)]
