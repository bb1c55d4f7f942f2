"""The questions of a motif as fields of a form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from organizations.models import MotifQuestion


def question_field(question: MotifQuestion, **common) -> forms.Field:
    common = {
        "label": question.label,
        "required": question.is_required,
        "error_messages": {"required": _("Répondez à cette question.")},
    } | common
    if question.kind == MotifQuestion.Kind.CHOICE:
        return forms.ChoiceField(
            choices=[(choice, choice) for choice in question.choices], widget=forms.RadioSelect, **common
        )
    if question.kind == MotifQuestion.Kind.LONG:
        return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), **common)
    return forms.CharField(max_length=250, **common)
