"""A team as a filter, wherever agents are chosen."""

from django import forms

from organizations.models import Team


class TeamField(forms.ModelChoiceField):
    """The teams of the member's territory. What is no team of it is refused: it is nobody, not everybody."""

    def __init__(self, **kwargs):
        super().__init__(
            queryset=Team.objects.none(),
            label="Équipe",
            required=False,
            empty_label="Toutes les équipes",
            error_messages={"invalid_choice": "Cette équipe n'existe pas, ou n'existe plus."},
            **kwargs,
        )

    def offer(self, membership) -> bool:
        """Whether there is a team to choose. One query, and one more when one is chosen."""
        self.queryset = Team.objects.visible_to(membership)
        teams = list(self.queryset)
        self.choices = [("", self.empty_label), *((team.pk, str(team)) for team in teams)]
        return bool(teams)
