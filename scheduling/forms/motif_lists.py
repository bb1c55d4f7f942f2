"""The options and the questions of a motif: a few rows each, empty ones to add, a box to take one away."""

from django import forms

from organizations.models import MotifQuestion
from organizations.models.motifs import LONGEST, SHORTEST

from .durations import MinutesField

EMPTY_ROWS = 1
MOST_ROWS = 60
LONGEST_CHOICE = 120


class OptionForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Option", max_length=120, error_messages={"required": "Donnez le nom de l'option."})
    duration = MinutesField(label="Durée", minimum=SHORTEST, maximum=LONGEST, required=False)


class QuestionForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(label="Question", max_length=200, error_messages={"required": "Écrivez la question."})
    kind = forms.ChoiceField(label="Réponse", choices=MotifQuestion.Kind.choices, initial=MotifQuestion.Kind.SHORT)
    choices = forms.CharField(
        label="Choix, un par ligne",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_required = forms.BooleanField(label="Réponse obligatoire", required=False)

    def clean(self):
        cleaned = super().clean()
        lines = [line.strip() for line in cleaned.get("choices", "").splitlines() if line.strip()]
        choices = list(dict.fromkeys(lines))
        cleaned["choices"] = choices if cleaned.get("kind") == MotifQuestion.Kind.CHOICE else []
        if cleaned.get("kind") == MotifQuestion.Kind.CHOICE and len(choices) < 2:
            self.add_error("choices", "Donnez au moins deux choix, un par ligne.")
        if any(len(choice) > LONGEST_CHOICE for choice in choices):
            self.add_error("choices", f"Un choix tient en {LONGEST_CHOICE} caractères.")
        return cleaned


class RowFormSet(forms.BaseFormSet):
    """Rows in their order. `named` is the field that no two rows may share."""

    named = "name"
    deletion_widget = forms.CheckboxInput
    is_longer = False  # One more row was asked for: it takes the focus.

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Retirer"
        if self.is_longer and index == self.total_form_count() - 1:
            form.fields[self.named].widget.attrs["autofocus"] = True

    def clean(self):
        seen = set()
        for form in self.forms:
            name = form.cleaned_data.get(self.named, "").casefold() if hasattr(form, "cleaned_data") else ""
            if not name or self._should_delete_form(form):
                continue
            if name in seen:
                form.add_error(self.named, "Cette ligne est déjà dans la liste.")
            seen.add(name)

    @property
    def rows(self) -> list[dict]:
        """What the service writes, in order."""
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.forms
            if form.cleaned_data.get(self.named) and not self._should_delete_form(form)
        ]

    @property
    def readable_rows(self) -> list[dict]:
        """As `rows`, of a set that need not be valid: without those that cannot be read."""
        self.is_valid()
        return [
            form.cleaned_data
            for form in self.forms
            if not form.errors and form.cleaned_data.get(self.named) and not self._should_delete_form(form)
        ]

    def as_typed(self, *, more: bool):
        """The same rows again, not checked, with what was typed; one more, if asked for."""
        typed = [_typed(form) for form in self.forms]
        filled = [row for row in typed if any(row[name] for name in row if name not in {"DELETE", "kind"})]
        again = type(self)(initial=filled, prefix=self.prefix)
        again.is_longer = more
        again.extra = max(len(typed) - len(filled), 0) + more
        return again


def _typed(form):
    data, files = form.data, form.files
    return {
        name: field.widget.value_from_datadict(data, files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


class QuestionRows(RowFormSet):
    named = "label"


def _formset(form, base):
    return forms.formset_factory(
        form, formset=base, extra=EMPTY_ROWS, can_delete=True, can_delete_extra=False, max_num=MOST_ROWS
    )


OptionFormSet = _formset(OptionForm, RowFormSet)
QuestionFormSet = _formset(QuestionForm, QuestionRows)


def options_of(motif, data=None, *, is_copy=False):
    """The options of `motif`, or of the one it is a copy of: those are new rows."""
    initial = [
        {"id": None if is_copy else option.pk, "name": option.name, "duration": option.duration}
        for option in (motif.options.filter(archived_at=None) if motif else [])
    ]
    return OptionFormSet(data, initial=initial, prefix="options")


def questions_of(motif, data=None, *, is_copy=False):
    initial = [
        {
            "id": None if is_copy else question.pk,
            "label": question.label,
            "kind": question.kind,
            "choices": "\n".join(question.choices),
            "is_required": question.is_required,
        }
        for question in (motif.questions.all() if motif else [])
    ]
    return QuestionFormSet(data, initial=initial, prefix="questions")
