"""The whole form of a motif: its fields, its options, its questions, and what a button other than « save » asks for."""

from django.forms import model_to_dict

from .motif_lists import options_of, questions_of
from .motif_previews import preview_of
from .motifs import MotifForm, maximum_delay_of

# What buttons other than « save » send as `acte`.
PREVIEW, OPTION, QUESTION = "apercu", "option", "question"


class MotifSheet:
    """Empty, filled from `motif` to be changed or from `copied` to be added again, or bound to what was posted.

    `act` is the button's: empty to save. Every other one (`option`, `question`: one more row; `apercu`; those of the
    page around) shows the sheet again as typed, and reproaches nothing yet.
    """

    def __init__(self, data=None, *, territory, motif=None, copied=None, is_frozen=False):
        self.act = data.get("acte", "") if data else ""
        self.preview = None
        about = {"instance": motif, "territory": territory, "is_frozen": is_frozen}
        if data is None:
            self.form = MotifForm(initial=_copied(copied) if copied else None, **about)
            self.options = options_of(motif or copied, is_copy=motif is None)
            self.questions = questions_of(motif or copied, is_copy=motif is None)
            return
        self.form = MotifForm(data, **about)
        self.options, self.questions = options_of(motif, data), questions_of(motif, data)
        if self.act:
            self._answer(data, about)

    def _answer(self, data, about):
        if self.act == PREVIEW:
            self.preview = preview_of(self.form, self.options, self.questions)
        self.form = MotifForm(initial=_typed(self.form, data), **about)
        self.options = self.options.as_typed(more=self.act == OPTION)
        self.questions = self.questions.as_typed(more=self.act == QUESTION)

    def is_valid(self) -> bool:
        """Every part is checked, so that everything to correct is shown at once."""
        valid = [part.is_valid() for part in (self.form, self.options, self.questions)]
        return not self.act and all(valid)

    @property
    def is_refused(self) -> bool:
        """Something is to be corrected before it can be saved."""
        lists = self.options.total_error_count() + self.questions.total_error_count()
        return self.form.is_bound and bool(self.form.errors or lists)

    @property
    def service_fields(self) -> dict:
        return {"options": self.options.rows, "questions": self.questions.rows, **self.form.service_fields}


def _typed(form, data):
    """What stands in the fields, as it was typed."""
    return {
        name: field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, field in form.fields.items()
        if not field.disabled
    }


def _copied(motif):
    """`name` leaves room for what says that it is a copy."""
    fields = model_to_dict(motif, fields=MotifForm.Meta.fields)
    mark = " (copie)"
    return fields | {"name": motif.name[: 120 - len(mark)] + mark, "maximum": maximum_delay_of(motif)}
