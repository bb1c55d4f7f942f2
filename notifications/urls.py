from django.urls import path

from .views.outbox import outbox
from .views.resending import message_resend

app_name = "notifications"

urlpatterns = [
    path("boite-d-envoi/", outbox, name="outbox"),
    path("o/<slug:org_slug>/messages/<int:pk>/renvoyer/", message_resend, name="message_resend"),
]
