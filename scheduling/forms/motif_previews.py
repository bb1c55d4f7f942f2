"""What a citizen would see of a motif, from what is typed so far."""

from dataclasses import dataclass, field
from datetime import timedelta

from django import forms

from organizations.models import Motif, MotifQuestion

from ..engine.delays import Delay, describe_delay
from ..engine.typography import enumerate_words
from .questions import question_field

NOT_FOR_CITIZENS = {
    Motif.BookingAudience.AGENTS: "Seuls les agents réservent ce motif : les usagers n'en voient rien.",
    Motif.BookingAudience.PRESCRIBERS: "Seuls les agents et les prescripteurs réservent ce motif.",
    Motif.BookingAudience.LINK: "Ce motif n'est pas listé sur le portail : il faut en avoir le lien.",
}


class QuestionsPreview(forms.Form):
    """To be looked at: nothing in it can be filled in or sent."""

    def __init__(self, questions: list[MotifQuestion]):
        super().__init__(auto_id="apercu_%s")
        for number, question in enumerate(questions):
            self.fields[f"question_{number}"] = question_field(question, disabled=True)


@dataclass(frozen=True)
class MotifPreview:
    name: str
    category: str
    description: str
    minutes: int | None
    location_kind: str
    audience: str
    max_persons: int
    options: list[str]
    questions: QuestionsPreview
    instructions_before: str
    instructions_after: str
    change_rule: str
    cancellation_warning: str
    when: str
    to_correct: list[str] = field(default_factory=list)


def preview_of(form, options, questions) -> MotifPreview:
    """From a bound MotifForm and its lists, valid or not: what cannot be read is left out and named."""
    form.is_valid()
    typed = form.cleaned_data.get
    duration = typed("duration")
    audience = typed("booking_audience")
    return MotifPreview(
        name=typed("name") or "Sans nom",
        category=typed("category") or "",
        description=typed("description") or "",
        minutes=duration // timedelta(minutes=1) if duration else None,
        location_kind=typed("location_kind") or "",
        audience=NOT_FOR_CITIZENS.get(audience, ""),
        max_persons=typed("max_persons") or 1,
        options=[row["name"] for row in options.readable_rows],
        questions=QuestionsPreview([_question(row) for row in questions.readable_rows]),
        instructions_before=typed("instructions_before") or "",
        instructions_after=typed("instructions_after") or "",
        change_rule=_change_rule(typed("citizen_may_cancel"), typed("citizen_may_move"), typed("change_deadline")),
        cancellation_warning=(typed("cancellation_warning") or "") if typed("citizen_may_cancel") else "",
        when=_when(typed("minimum_delay"), typed("maximum")),
        to_correct=_to_correct(form, options, questions),
    )


def _question(row):
    return MotifQuestion(label=row["label"], kind=row["kind"], choices=row["choices"], is_required=row["is_required"])


def _change_rule(may_cancel, may_move, deadline):
    acts = [act for act, may in (("annuler", may_cancel), ("déplacer", may_move)) if may]
    if not acts:
        return "L'usager ne peut ni annuler ni déplacer son rendez-vous en ligne."
    until = f" jusqu'à {describe_delay(Delay(deadline))} avant" if deadline else ""
    return f"L'usager peut {enumerate_words(acts, 'ou')} en ligne{until}."


def _when(least, most):
    if most is None:
        return ""
    earliest = f"au moins {describe_delay(Delay(least))} et " if least else ""
    return f"Créneaux proposés {earliest}au plus {describe_delay(most)} à l'avance."


def _to_correct(form, options, questions):
    labels = [str(form[name].label) for name in form.errors if name in form.fields]
    return labels + [
        label for label, rows in (("Options", options), ("Questions", questions)) if rows.total_error_count()
    ]
