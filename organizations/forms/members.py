"""What an administrator types about the agents of an organization."""

from django import forms
from django.db.models import Q

from ..addresses import words_in
from ..models import Membership, ServiceUnit

ROLES = [(role.value, role.label.capitalize()) for role in Membership.Role]


class MembershipForm(forms.Form):
    """What somebody may do in the organization."""

    role = forms.ChoiceField(label="Rôle", choices=ROLES, initial=Membership.Role.BASIC, widget=forms.RadioSelect)
    is_front_desk = forms.BooleanField(
        label="Accueil",
        required=False,
        help_text="Voit et réserve pour tous les services de l'organisation.",
    )
    units = forms.ModelMultipleChoiceField(
        label="Services",
        queryset=ServiceUnit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = ServiceUnit.objects.visible_to(membership)

    @staticmethod
    def initial_of(member):
        return {"role": member.role, "is_front_desk": member.is_front_desk, "units": member.unit_ids}


class MemberFilterForm(forms.Form):
    q = forms.CharField(label="Nom ou adresse e-mail", required=False)

    def filter(self, members):
        for word in words_in(self.data).split()[:10]:
            members = members.filter(
                Q(agent__last_name__icontains=word)
                | Q(agent__first_name__icontains=word)
                | Q(agent__email__icontains=word)
            )
        return members
