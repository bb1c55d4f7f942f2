"""What an agent wants to be told, chosen by themselves."""

from datetime import time

from django import forms
from django.utils.html import format_html
from django.utils.text import capfirst

from organizations.models import Agent
from scheduling.engine.phrases import format_time
from scheduling.engine.typography import typeset

# Every half hour of the morning, so that the last one still leaves before noon.
HOURS = [time(hour, minute) for hour in range(5, 12) for minute in (0, 30)]

_WHAT_IT_DOES = {
    Agent.NotifiedOf.ALL: (
        "Un e-mail pour tout ce qui arrive à un RDV de votre agenda, même quand c'est vous qui l'avez fait."
    ),
    Agent.NotifiedOf.OTHERS: (
        "Un e-mail quand un usager, un collègue ou un prescripteur agit sur un RDV de votre agenda ; "
        "aucun de ce que vous faites vous-même."
    ),
    Agent.NotifiedOf.SOON: (
        "Comme ci-dessus, mais seulement quand le RDV est, ou était, aujourd'hui ou demain à l'heure de l'organisation."
    ),
    Agent.NotifiedOf.NONE: "Aucun e-mail sur vos RDV. Le résumé du matin part quand même, si vous le demandez.",
}


class PreferencesForm(forms.Form):
    notified_of = forms.ChoiceField(
        label="Ce qui arrive aux RDV de votre agenda",
        widget=forms.RadioSelect(attrs={"class": "choices-explained"}),
        choices=[
            (choice, format_html("<strong>{}</strong><br>{}", capfirst(choice.label), typeset(_WHAT_IT_DOES[choice])))
            for choice in Agent.NotifiedOf
        ],
        error_messages={"required": "Choisissez ce dont vous voulez être prévenu."},
    )
    wants_summary = forms.BooleanField(
        label="Recevoir le résumé du matin",
        required=False,
        help_text=(
            "Les RDV de la journée, ce qui a changé depuis la veille au soir, les RDV à renseigner et les conflits à "
            "régler. Rien les jours fermés sans RDV, ni quand il n'y a rien à dire."
        ),
    )
    summary_time = forms.TypedChoiceField(
        label="Heure du résumé",
        coerce=time.fromisoformat,
        help_text="À l'heure de chaque territoire où vous travaillez. Un e-mail par territoire.",
    )

    def __init__(self, *args, agent, **kwargs):
        own = {name: getattr(agent, name) for name in ("notified_of", "wants_summary", "summary_time")}
        super().__init__(*args, initial=own | {"summary_time": own["summary_time"].isoformat("minutes")}, **kwargs)
        hours = sorted({*HOURS, agent.summary_time})
        self.fields["summary_time"].choices = [(hour.isoformat("minutes"), format_time(hour)) for hour in hours]
