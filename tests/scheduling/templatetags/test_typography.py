import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Vide : tous ; « CNI » ? Oui !", "Vide~: tous~; «~CNI~»~? Oui~!"),
        ("De 9:00 à 10:30, voir https://rdv.example", "De 9:00 à 10:30, voir https://rdv.example"),
        ("", ""),
        (gettext_lazy("Essai : un"), "Essai~: un"),
        ("<b> : gras", "&lt;b&gt;~: gras"),
        (mark_safe("<b>Essai :</b>"), "<b>Essai~:</b>"),
    ],
)
def test_no_line_begins_with_french_punctuation(text, written):
    template = Template("{% load typography %}{{ text|typeset }}")
    assert template.render(Context({"text": text})).replace("\u00a0", "~") == written
