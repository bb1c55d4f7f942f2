from django.urls import path

from .views.outbox import outbox
from .views.preferences import my_notifications
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
    path("o/<slug:org_slug>/mon-compte/notifications/", my_notifications, name="my_notifications"),
    path("o/<slug:org_slug>/messages/<int:pk>/renvoyer/", message_resend, name="message_resend"),
    path("o/<slug:org_slug>/parametres/textes/", text_list, name="text_list"),
    path("o/<slug:org_slug>/parametres/textes/modifier/", text_edit, name="text_edit"),
    path("o/<slug:org_slug>/parametres/motifs/<int:pk>/textes/", motif_text_list, name="motif_text_list"),
    path("o/<slug:org_slug>/parametres/motifs/<int:pk>/textes/modifier/", motif_text_edit, name="motif_text_edit"),
    path("territoire/<slug:territory_slug>/textes/", territory_text_list, name="territory_text_list"),
    path("territoire/<slug:territory_slug>/textes/modifier/", territory_text_edit, name="territory_text_edit"),
]
