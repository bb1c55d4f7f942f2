"""What is asked of somebody who came without an appointment: what for, and who they are."""

import uuid
from dataclasses import replace
from datetime import timedelta

from django import forms
from phonenumber_field.formfields import PhoneNumberField

from organizations.forms.citizens import NO_OFFER, PHONE_REFUSED, PhoneWidget

from ..selectors.slots import Demand

LONGEST = timedelta(days=1)


class WalkInForm(forms.Form):
    """For somebody known. `groups` are those of `motif_groups_at`: a motif, or one of its options, is one choice."""

    what = forms.ChoiceField(
        label="Motif", widget=forms.RadioSelect, error_messages={"required": "Choisissez ce qui amène la personne."}
    )
    persons = forms.IntegerField(
        label="Personnes",
        required=False,
        min_value=1,
        initial=1,
        error_messages={"min_value": "Il vient une personne au moins."},
    )
    context_note = forms.CharField(
        label="Note pour les agents",
        required=False,
        help_text="L'usager ne la voit pas.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_told = forms.BooleanField(label="Lui envoyer une confirmation", required=False)
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args, groups, calendar, citizen=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.groups, self.calendar, self.citizen = groups, calendar, citizen
        motifs = [motif for _, found in groups for motif in found]
        self.demands = {key: demand for motif in motifs for key, demand in _demands_of(motif)}
        self.fields["what"].choices = [(key, str(key)) for key in self.demands]
        if len(self.demands) == 1:
            self.initial["what"] = next(iter(self.demands))
        if all(motif.max_persons == 1 for motif in motifs):
            del self.fields["persons"]
        if citizen is not None and not (citizen.contact.email or citizen.contact.phone):
            del self.fields["is_told"]

    def clean(self):
        cleaned = super().clean()
        demand = self.demands.get(cleaned.get("what"))
        if demand is None:
            return cleaned
        if (cleaned.get("persons") or 1) > demand.motif.max_persons:
            self.add_error("persons", "Ce motif ne reçoit pas autant de personnes à la fois.")
        elif replace(demand, persons=cleaned.get("persons") or 1).length > LONGEST:
            self.add_error("persons", "Un rendez-vous dure une journée au plus.")
        if demand.motif.is_follow_up and not self._is_referent():
            self.add_error("what", "Ce motif de suivi est réservé aux agents référents de l'usager.")
        return cleaned

    def _is_referent(self):
        return self.citizen is not None and self.citizen.referents.filter(pk=self.calendar.agent_id).exists()

    @property
    def choices_by_group(self):
        """[(label of the group, [(key, motif, option, whether it is chosen)])] for the page."""
        chosen = self["what"].value()
        return [
            (label, [(key, demand, key == chosen) for motif in motifs for key, demand in _demands_of(motif)])
            for label, motifs in self.groups
        ]

    @property
    def demand(self):
        demand = self.demands[self.cleaned_data["what"]]
        return Demand(demand.motif, demand.option, self.cleaned_data.get("persons") or 1)

    @property
    def record(self):
        """No record is to be created."""
        return


class NewCitizenWalkInForm(WalkInForm):
    """For somebody without a record. Nobody is anonymous: who is called in has a name."""

    last_name = forms.CharField(label="Nom", max_length=80, error_messages={"required": "Indiquez le nom."})
    first_name = forms.CharField(label="Prénom", max_length=80, error_messages={"required": "Indiquez le prénom."})
    phone = PhoneNumberField(
        label="Téléphone",
        required=False,
        error_messages={"invalid": PHONE_REFUSED},
        widget=PhoneWidget(attrs=NO_OFFER),
    )
    email = forms.EmailField(
        label="E-mail",
        required=False,
        error_messages={"invalid": "Cette adresse n'est pas complète. Écrivez-la comme\u00a0: nom@exemple.fr."},
    )

    # As they stand on the page, so that the summary of errors reads from top to bottom.
    field_order = ["last_name", "first_name", "phone", "email"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("last_name", "first_name", "email"):
            self.fields[name].widget.attrs |= NO_OFFER

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    @property
    def record(self):
        return {name: self.cleaned_data[name] for name in ("first_name", "last_name", "email", "phone")}


def _demands_of(motif):
    """(key, demand) of each choice that a motif gives: its options, or itself where it has none."""
    if not motif.active_options:
        yield str(motif.pk), Demand(motif)
    for option in motif.active_options:
        yield f"{motif.pk}-{option.pk}", Demand(motif, option)
