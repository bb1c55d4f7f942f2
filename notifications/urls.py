from django.urls import path

from .views.bounces import mail_bounce
from .views.figures import message_figures, territory_message_figures
from .views.journal import message_list, territory_message_list
from .views.mail_refusal import mail_refusal
from .views.outbox import outbox
from .views.preferences import my_notifications
from .views.resending import message_resend
from .views.switches import (
    motif_notification_settings,
    notification_settings,
    territory_notification_settings,
)
from .views.texts import motif_text_edit, territory_text_edit, text_edit
from .views.twilio import sms_answer, sms_report

app_name = "notifications"

urlpatterns = [
    path("boite-d-envoi/", outbox, name="outbox"),
    path("o/<slug:org_slug>/messages/", message_list, name="message_list"),
    path("o/<slug:org_slug>/messages/chiffres/", message_figures, name="message_figures"),
    path("territoire/<slug:territory_slug>/messages/", territory_message_list, name="territory_message_list"),
    path(
        "territoire/<slug:territory_slug>/messages/chiffres/",
        territory_message_figures,
        name="territory_message_figures",
    ),
    path("twilio/etat/", sms_report, name="sms_report"),
    path("twilio/reponse/", sms_answer, name="sms_answer"),
    path("courriel/desabonnement/<str:token>/", mail_refusal, name="mail_refusal"),
    path("courriel/retours/", mail_bounce, name="mail_bounce"),
    path("o/<slug:org_slug>/mon-compte/notifications/", my_notifications, name="my_notifications"),
    path("o/<slug:org_slug>/messages/<int:pk>/renvoyer/", message_resend, name="message_resend"),
    path("o/<slug:org_slug>/parametres/notifications/", notification_settings, name="notification_settings"),
    path("o/<slug:org_slug>/parametres/notifications/texte/", text_edit, name="text_edit"),
    path(
        "o/<slug:org_slug>/parametres/motifs/<int:pk>/notifications/",
        motif_notification_settings,
        name="motif_notification_settings",
    ),
    path("o/<slug:org_slug>/parametres/motifs/<int:pk>/notifications/texte/", motif_text_edit, name="motif_text_edit"),
    path(
        "territoire/<slug:territory_slug>/notifications/",
        territory_notification_settings,
        name="territory_notification_settings",
    ),
    path("territoire/<slug:territory_slug>/notifications/texte/", territory_text_edit, name="territory_text_edit"),
]
