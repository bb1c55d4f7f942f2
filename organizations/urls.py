"""Pages of the back office about who, where and what for: of an organization, and of a territory."""

from django.urls import include, path

from .views.citizens import citizen_add, citizen_edit, citizen_list
from .views.invitations import invitation_add, invitation_resend, invitation_revoke
from .views.locations import location_add, location_edit, location_list

app_name = "organizations"

of_organization = [
    path("usagers/", citizen_list, name="citizen_list"),
    path("usagers/ajouter/", citizen_add, name="citizen_add"),
    path("usagers/<int:pk>/modifier/", citizen_edit, name="citizen_edit"),
    path("parametres/agents/inviter/", invitation_add, name="invitation_add"),
    path("parametres/agents/invitations/<int:pk>/renvoyer/", invitation_resend, name="invitation_resend"),
    path("parametres/agents/invitations/<int:pk>/retirer/", invitation_revoke, name="invitation_revoke"),
    path("parametres/lieux/", location_list, name="location_list"),
    path("parametres/lieux/ajouter/", location_add, name="location_add"),
    path("parametres/lieux/<int:pk>/modifier/", location_edit, name="location_edit"),
]

of_territory = []

urlpatterns = [
    path("o/<slug:org_slug>/", include(of_organization)),
    path("territoire/<slug:territory_slug>/", include(of_territory)),
]
