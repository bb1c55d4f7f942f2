"""Hours a week as people write them."""

from datetime import timedelta

import pytest

from scheduling.forms.allowances import AllowanceForm

NBSP = "\N{NO-BREAK SPACE}"
H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("16", 16),
        ("16h", 16),
        ("16 H", 16),
        ("16 heures", 16),
        ("1 heure", 1),
        ("16h30", 16.5),
        ("16 h 30", 16.5),
        (f"16{NBSP}h{NBSP}30", 16.5),
        ("16h30min", 16.5),
        ("16:30", 16.5),
        ("17,5", 17.5),
        ("17.25 h", 17.25),
        ("0h01", 1 / 60),
        ("45 min", 0.75),
        ("168", 168),
    ],
)
def test_what_is_typed_is_understood(typed, hours):
    form = AllowanceForm({"allowance": typed})

    assert form.is_valid()
    assert form.cleaned_data["allowance"] == hours * H


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_is_full_time(typed):
    form = AllowanceForm({"allowance": typed})

    assert form.is_valid()
    assert form.cleaned_data["allowance"] is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("seize", "« seize » n'est pas un nombre d'heures. Écrivez par exemple 16, 16h30 ou 17,5."),
        ("-3", "« -3 » n'est pas un nombre d'heures."),
        ("16h30h5", "n'est pas un nombre d'heures."),
        ("١٦", "n'est pas un nombre d'heures."),
        ("99999", "n'est pas un nombre d'heures."),
        ("16h75", "« 16h75 » a trop de minutes : une heure en a 60."),
        ("16,33", "ne fait pas un nombre entier de minutes."),
        ("0", "Un quota est de plus de 0 h. Pour un temps plein, laissez vide."),
        ("0h00", "Un quota est de plus de 0 h."),
        ("168h01", "Une semaine n'a que 168 h. Pour un temps plein, laissez vide."),
        ("9" * 5000, "n'est pas un nombre d'heures."),
        ("\x00", "n'est pas un nombre d'heures."),
    ],
)
def test_what_cannot_be_is_told_and_kept(typed, sentence):
    form = AllowanceForm({"allowance": typed})

    assert not form.is_valid()
    assert sentence in form.errors["allowance"][0].replace(NBSP, " ")
    assert form["allowance"].value() == typed


@pytest.mark.parametrize("hours", [16, 16.5, 0.75, 168])
def test_what_is_shown_can_be_typed_again(hours):
    shown = AllowanceForm(initial={"allowance": hours * H})["allowance"].value()

    form = AllowanceForm({"allowance": shown})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["allowance"] == hours * H
