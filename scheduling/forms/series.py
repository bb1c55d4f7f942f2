"""What openings and unavailabilities share on screen: a first day and how it repeats, usable without script."""

from django import forms

from ..engine.opening_days import WEEKDAY_NAMES
from ..engine.recurrence import LONGEST_INTERVAL, Frequency, Recurrence, Rule, parse_rrule
from ..engine.typography import NBSP, quote
from .confirmation import WithConfirmation
from .times import PlanningDayField

ONCE = "once"
NEVER, UNTIL = "never", "until"
BY_DAY, BY_RANK = "day", "rank"
LAST = -1

REPEATS = [
    (ONCE, "Une seule fois"),
    (Frequency.DAILY.value, "Par jours"),
    (Frequency.WEEKLY.value, "Par semaines"),
    (Frequency.MONTHLY.value, "Par mois"),
]
RANKS = [(1, "1er"), (2, "2e"), (3, "3e"), (4, "4e"), (5, "5e"), (LAST, "dernier")]
MONTH_DAYS = [(1, "1er"), *((day, str(day)) for day in range(2, 32)), (LAST, "dernier jour")]
WEEKDAYS = list(enumerate(WEEKDAY_NAMES))

# What each repetition asks for; the rest of what stands in the form does not count, right or wrong.
ASKED = {
    ONCE: set(),
    Frequency.DAILY: {"interval", "ends", "until"},
    Frequency.WEEKLY: {"interval", "weekdays", "ends", "until"},
    Frequency.MONTHLY: {"interval", "monthly_by", "month_day", "rank", "rank_weekday", "ends", "until"},
}
REPETITION_FIELDS = set().union(*ASKED.values())


class SeriesForm(WithConfirmation, forms.Form):
    """`cleaned_data["rrule"]` is the repetition (None when it cannot be made), `recurrence` the days it gives."""

    title = forms.CharField(label="Intitulé", max_length=120, required=False)
    first_day = PlanningDayField(label="Premier jour")
    repeat = forms.ChoiceField(label="Répétition", choices=REPEATS, initial=ONCE, widget=forms.RadioSelect)
    interval = forms.IntegerField(
        label="Intervalle",
        min_value=1,
        max_value=LONGEST_INTERVAL,
        initial=1,
        required=False,
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Le pas est d'au moins 1.",
            "max_value": f"Le pas est d'au plus {LONGEST_INTERVAL}.",
        },
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Jours", choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    monthly_by = forms.ChoiceField(
        label=f"Quel jour du mois{NBSP}?",
        choices=[(BY_DAY, "Une date"), (BY_RANK, "Un jour de la semaine")],
        initial=BY_DAY,
        required=False,
        widget=forms.RadioSelect,
    )
    month_day = forms.TypedChoiceField(label="Le", choices=MONTH_DAYS, coerce=int, initial=1, required=False)
    rank = forms.TypedChoiceField(label="Rang", choices=RANKS, coerce=int, initial=1, required=False)
    rank_weekday = forms.TypedChoiceField(label="Jour", choices=WEEKDAYS, coerce=int, initial=0, required=False)
    ends = forms.ChoiceField(
        label="Fin de la répétition",
        choices=[(NEVER, "Sans fin"), (UNTIL, "Jusqu'à une date")],
        initial=NEVER,
        required=False,
        widget=forms.RadioSelect,
    )
    until = PlanningDayField(label="Jusqu'au", required=False, help_text="Ce jour est compris.")

    def __init__(self, *args, part=None, **kwargs):
        """`part` (selectors.series.Part) says how much of which opening or unavailability is to be changed."""
        self.part = part
        self.series = part.row if part is not None else None
        self.stored_first_day = part.days.first_day if part is not None else None
        if part is not None:
            kwargs["initial"] = self.initial_of(part.row, part.days) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for name in ("repeat", "weekdays", "monthly_by", "ends"):
            self.fields[name].widget.attrs["class"] = "choices-inline"
        self.fields["first_day"].error_messages["required"] = "Donnez le premier jour."
        if self.is_one_day:
            self.fields["first_day"].label = "Jour"
            for name in {"repeat", *REPETITION_FIELDS}:
                del self.fields[name]

    @staticmethod
    def initial_of(series, days: Recurrence) -> dict:
        return {"title": series.title, "first_day": days.first_day} | initial_of_rrule(days.rrule)

    @property
    def is_one_day(self) -> bool:
        """Whether one occurrence of a series is changed by itself, which does not repeat."""
        return self.part is not None and self.part.is_one_day

    def clean(self):
        cleaned = super().clean()
        repeat = ONCE if self.is_one_day else cleaned.get("repeat")
        for name in REPETITION_FIELDS - ASKED.get(repeat, REPETITION_FIELDS):
            self._errors.pop(name, None)
        cleaned["rrule"] = "" if repeat == ONCE else self._rrule(cleaned)
        first_day = cleaned.get("first_day")
        if first_day and cleaned["rrule"] is not None:
            removed = self.part.days.excluded_days if self.part and cleaned["rrule"] else frozenset()
            cleaned["recurrence"] = Recurrence(first_day, cleaned["rrule"], removed)
            if cleaned["recurrence"].first_occurrence() is None:
                self.add_error("repeat", "Cette répétition ne tombe sur aucun jour.")
        if self.part and self.part.problem:
            self.add_error(None, self.part.problem)
        return cleaned

    def _rrule(self, cleaned) -> str | None:
        repeat = cleaned.get("repeat")
        if repeat is None or self.errors.keys() & ASKED[repeat]:
            return None
        parts = {"interval": cleaned.get("interval") or 1, "until": self._until(cleaned)}
        if repeat == Frequency.WEEKLY:
            if not cleaned["weekdays"]:
                self.add_error("weekdays", "Choisissez au moins un jour de la semaine.")
                return None
            parts["weekdays"] = frozenset(cleaned["weekdays"])
        elif repeat == Frequency.MONTHLY:
            parts |= self._day_of_month(cleaned)
        return None if "until" in self.errors else Rule(Frequency(repeat), **parts).to_rrule()

    def _day_of_month(self, cleaned):
        if cleaned.get("monthly_by") == BY_RANK:
            weekday = cleaned["rank_weekday"] if cleaned["rank_weekday"] != "" else 0
            return {"nth": cleaned["rank"] or 1, "weekdays": frozenset({weekday})}
        return {"month_day": cleaned["month_day"] or 1}

    def _until(self, cleaned):
        if cleaned.get("ends") != UNTIL:
            return None
        until, first_day = cleaned.get("until"), cleaned.get("first_day")
        if until is None:
            self.add_error("until", f"Donnez la date de fin, ou choisissez {quote('Sans fin')}.")
        elif first_day and until < first_day:
            self.add_error("until", "La fin de la répétition vient avant le premier jour.")
        return until


def initial_of_rrule(rrule: str) -> dict:
    """The values of the repetition's fields that give `rrule` back."""
    if not rrule:
        return {"repeat": ONCE}
    rule = parse_rrule(rrule)
    initial = {"repeat": rule.frequency.value, "interval": rule.interval}
    initial |= {"ends": UNTIL, "until": rule.until} if rule.until else {"ends": NEVER}
    if rule.frequency is Frequency.WEEKLY:
        initial["weekdays"] = sorted(rule.weekdays)
    elif rule.nth is not None:
        initial |= {"monthly_by": BY_RANK, "rank": rule.nth, "rank_weekday": min(rule.weekdays)}
    elif rule.month_day is not None:
        initial |= {"monthly_by": BY_DAY, "month_day": rule.month_day}
    return initial
