"""Pages of the back office about when. Included under `/o/<org_slug>/`."""

from django.urls import path

from .views.agenda import agenda, agenda_feed
from .views.appointment_move import appointment_move
from .views.appointments import appointment_cancel, appointment_detail, appointment_outcome
from .views.today import today

app_name = "scheduling"

urlpatterns = [
    path("aujourd-hui/", today, name="today"),
    path("agenda/", agenda, name="agenda"),
    path("agenda/evenements/", agenda_feed, name="agenda_feed"),
    path("rendez-vous/<int:pk>/", appointment_detail, name="appointment_detail"),
    path("rendez-vous/<int:pk>/resultat/", appointment_outcome, name="appointment_outcome"),
    path("rendez-vous/<int:pk>/annuler/", appointment_cancel, name="appointment_cancel"),
    path("rendez-vous/<int:pk>/deplacer/", appointment_move, name="appointment_move"),
]
