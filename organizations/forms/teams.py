"""What is typed to make a team: its name, and who is in it."""

from django import forms

from ..citizen_search import normalize
from ..models import Agent, Team
from ..selectors.agents import agents_of_territory, with_memberships_in
from .territory_lists import NameField


class AgentsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, agent):
        """Namesakes are told apart by where they work."""
        places = ", ".join(member.organization.name for member in agent.members_here)
        return f"{agent} – {places}" if places else str(agent)


class TeamForm(forms.Form):
    """`q` only narrows the list: what is chosen stays on it, and is sent, whatever is looked for."""

    name = NameField(label="Nom de l'équipe", error_messages={"required": "Donnez un nom à l'équipe."})
    agents = AgentsField(
        label="Agents", queryset=Agent.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    q = forms.CharField(label="Chercher un agent", required=False)

    def __init__(self, data=None, *, territory, team=None):
        super().__init__(data, initial=self._initial_of(team))
        teams = Team.objects.for_territory(territory)
        self.fields["name"].rows = teams.exclude(pk=team.pk) if team else teams
        self.fields["name"].taken = "Cette équipe existe déjà."
        agents = agents_of_territory(territory).filter(is_active=True)
        self.fields["agents"].queryset = with_memberships_in(agents, territory)

    @classmethod
    def looking_for_agents(cls, typed, *, territory, team=None):
        """The form as it was typed so far, with fewer agents on its list: nothing is checked yet."""
        form = cls(territory=territory, team=team)
        form.initial = {"name": typed.get("name", ""), "agents": typed.getlist("agents"), "q": typed.get("q", "")}
        return form

    @staticmethod
    def _initial_of(team):
        return {"name": team.name, "agents": [agent.pk for agent in team.agents.all()]} if team else None

    @property
    def boxes(self):
        """The agents to be shown: those chosen, and below them those that `q` finds. Three queries."""
        words = normalize(self["q"].value() or "").split()
        boxes = list(self["agents"])
        others = [box for box in boxes if not box.data["selected"]]
        found = [box for box in others if all(word in normalize(box.choice_label) for word in words)]
        return [box for box in boxes if box.data["selected"]] + found

    @property
    def service_fields(self):
        return {"name": self.cleaned_data["name"], "agents": self.cleaned_data["agents"]}
