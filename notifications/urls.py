from django.urls import path

from .views.outbox import outbox

app_name = "notifications"

urlpatterns = [
    path("boite-d-envoi/", outbox, name="outbox"),
]
