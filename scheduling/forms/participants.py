"""What an agent says of one participant of an appointment, and of somebody who joins it."""

from django import forms

from ..models import AppointmentStatus
from .booking import BookingForm, NewCitizenBookingForm
from .questions import question_field
from .sms_stops import say_stopped

NBSP = "\u00a0"


class ParticipantOutcomeForm(forms.Form):
    """What came of one person, or BOOKED: nothing yet, they take part."""

    status = forms.ChoiceField(
        choices=[
            (AppointmentStatus.FULFILLED, "Honoré"),
            (AppointmentStatus.NO_SHOW, "Absence non excusée"),
            (AppointmentStatus.BOOKED, "Participe"),
        ]
    )


class ParticipantCancelForm(forms.Form):
    """Somebody takes part no more: asked for by them, by the service, or a mistake. `taken_away` is no status."""

    TAKEN_AWAY = "taken_away"

    status = forms.ChoiceField(
        label=f"Pourquoi{NBSP}?",
        choices=[
            (AppointmentStatus.CANCELLED_BY_CITIZEN, "La personne a demandé à annuler"),
            (AppointmentStatus.CANCELLED_BY_AGENT, "Le service annule pour cette personne"),
            (TAKEN_AWAY, f"Inscrite par erreur{NBSP}: la retirer du rendez-vous"),
        ],
        widget=forms.RadioSelect,
        initial=AppointmentStatus.CANCELLED_BY_CITIZEN,
    )
    reason = forms.CharField(
        label="Raison", max_length=250, required=False, help_text="Pour les agents, dans l'historique du rendez-vous."
    )

    def __init__(self, *args, may_be_taken_away, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_be_taken_away:
            self.fields["status"].choices = self.fields["status"].choices[:2]

    @property
    def is_taken_away(self):
        return self.cleaned_data["status"] == self.TAKEN_AWAY


class AnswersMixin:
    """The questions of the motif. An agent may leave any of them open; answers to questions of before are kept."""

    def ask(self, questions, answers=()):
        self.questions, self.answered_before = list(questions), list(answers)
        before = {answer.get("question"): answer.get("answer") for answer in answers}
        for question in self.questions:
            self.fields[_name_of(question)] = field = question_field(question, required=False)
            answer = before.get(question.label, "")
            if isinstance(field, forms.ChoiceField) and answer and answer not in question.choices:
                field.choices = [*field.choices, (answer, answer)]
            self.initial[_name_of(question)] = answer

    @property
    def question_fields(self):
        return [self[_name_of(question)] for question in self.questions]

    @property
    def answers(self):
        asked = {question.label for question in self.questions}
        kept = [answer for answer in self.answered_before if answer.get("question") not in asked]
        given = [
            {"question": question.label, "answer": self.cleaned_data[_name_of(question)]}
            for question in self.questions
            if self.cleaned_data[_name_of(question)]
        ]
        return kept + given


def _name_of(question):
    return f"question_{question.pk}"


class ParticipantForm(AnswersMixin, forms.Form):
    """How one participant is told of this appointment, and what they answered."""

    notify_by_email = forms.BooleanField(label="Prévenir par e-mail", required=False)
    notify_by_sms = forms.BooleanField(label="Prévenir par SMS", required=False)

    def __init__(self, *args, participation, questions, **kwargs):
        names = ("notify_by_email", "notify_by_sms")
        super().__init__(*args, initial={name: getattr(participation, name) for name in names}, **kwargs)
        self.ask(questions, participation.answers)
        say_stopped(self.fields["notify_by_sms"], participation)

    @property
    def changes(self):
        names = ("notify_by_email", "notify_by_sms")
        return {name: self.cleaned_data[name] for name in names} | {"answers": self.answers}


class _JoinMixin(AnswersMixin):
    """Of the form that books: only who it is and how they are told. The appointment has the rest already."""

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("context_note", "video_url", "address", *self.left_out):
            self.fields.pop(name, None)
        self.ask(questions)

    @property
    def attendance(self):
        return self.notifications | {"answers": self.answers}


class JoinForm(_JoinMixin, BookingForm):
    """For somebody known."""

    left_out = ("phone",)


class NewCitizenJoinForm(_JoinMixin, NewCitizenBookingForm):
    """For somebody without a record."""

    left_out = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = False
