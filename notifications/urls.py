from django.urls import path

from .views.figures import message_figures, territory_message_figures
from .views.journal import message_list, territory_message_list
from .views.outbox import outbox
from .views.resending import message_resend
from .views.texts import (
    motif_text_edit,
    motif_text_list,
    territory_text_edit,
    territory_text_list,
    text_edit,
    text_list,
)

app_name = "notifications"

urlpatterns = [
    path("boite-d-envoi/", outbox, name="outbox"),
    path("o/<slug:org_slug>/messages/", message_list, name="message_list"),
    path("o/<slug:org_slug>/messages/chiffres/", message_figures, name="message_figures"),
    path("o/<slug:org_slug>/messages/<int:pk>/renvoyer/", message_resend, name="message_resend"),
    path("o/<slug:org_slug>/parametres/textes/", text_list, name="text_list"),
    path("o/<slug:org_slug>/parametres/textes/modifier/", text_edit, name="text_edit"),
    path("o/<slug:org_slug>/parametres/motifs/<int:pk>/textes/", motif_text_list, name="motif_text_list"),
    path("o/<slug:org_slug>/parametres/motifs/<int:pk>/textes/modifier/", motif_text_edit, name="motif_text_edit"),
    path("territoire/<slug:territory_slug>/messages/", territory_message_list, name="territory_message_list"),
    path(
        "territoire/<slug:territory_slug>/messages/chiffres/",
        territory_message_figures,
        name="territory_message_figures",
    ),
    path("territoire/<slug:territory_slug>/textes/", territory_text_list, name="territory_text_list"),
    path("territoire/<slug:territory_slug>/textes/modifier/", territory_text_edit, name="territory_text_edit"),
]
