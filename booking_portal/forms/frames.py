"""Which other sites may show the portal, as an administrator of the territory types them."""

from django import forms

from organizations.frame_origins import MOST_ORIGINS, parse_origins
from scheduling.engine.typography import typeset


class FrameAncestorsForm(forms.Form):
    origins = forms.CharField(
        label="Sites autorisés à afficher le portail",
        required=False,
        max_length=MOST_ORIGINS * 300,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=typeset(
            "Un par ligne, comme https://www.ville.fr ; https://*.ville.fr vaut pour tous les sites de ville.fr."
            " Vide : aucun site."
        ),
    )

    def __init__(self, *args, territory, **kwargs):
        super().__init__(*args, initial={"origins": "\n".join(territory.frame_ancestors)}, **kwargs)

    def clean_origins(self):
        return parse_origins(self.cleaned_data["origins"])
