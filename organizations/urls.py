"""Pages of the back office about who, where and what for: of an organization, and of a territory."""

from django.urls import include, path

from .views.citizens import citizen_add, citizen_edit, citizen_list
from .views.duplicates import citizen_distinguish, citizen_duplicates
from .views.invitations import invitation_add, invitation_resend, invitation_revoke, territory_invitation_add
from .views.locations import location_add, location_edit, location_list
from .views.relatives import citizen_relatives
from .views.rights import rights_edit, rights_list
from .views.teams import team_add, team_delete, team_edit, team_list
from .views.territory_lists import (
    partner_type_add,
    partner_type_delete,
    partner_type_edit,
    partner_type_list,
    unit_add,
    unit_delete,
    unit_edit,
    unit_list,
)

app_name = "organizations"

of_organization = [
    path("usagers/", citizen_list, name="citizen_list"),
    path("usagers/ajouter/", citizen_add, name="citizen_add"),
    path("usagers/doublons/", citizen_duplicates, name="citizen_duplicates"),
    path("usagers/<int:pk>/modifier/", citizen_edit, name="citizen_edit"),
    path("usagers/<int:pk>/proches/", citizen_relatives, name="citizen_relatives"),
    path("usagers/<int:pk>/distinguer/", citizen_distinguish, name="citizen_distinguish"),
    path("parametres/agents/inviter/", invitation_add, name="invitation_add"),
    path("parametres/agents/invitations/<int:pk>/renvoyer/", invitation_resend, name="invitation_resend"),
    path("parametres/agents/invitations/<int:pk>/retirer/", invitation_revoke, name="invitation_revoke"),
    path("parametres/lieux/", location_list, name="location_list"),
    path("parametres/lieux/ajouter/", location_add, name="location_add"),
    path("parametres/lieux/<int:pk>/modifier/", location_edit, name="location_edit"),
]

of_territory = [
    path("services/", unit_list, name="unit_list"),
    path("services/ajouter/", unit_add, name="unit_add"),
    path("services/<int:pk>/modifier/", unit_edit, name="unit_edit"),
    path("services/<int:pk>/supprimer/", unit_delete, name="unit_delete"),
    path("types-de-partenaire/", partner_type_list, name="partner_type_list"),
    path("types-de-partenaire/ajouter/", partner_type_add, name="partner_type_add"),
    path("types-de-partenaire/<int:pk>/modifier/", partner_type_edit, name="partner_type_edit"),
    path("types-de-partenaire/<int:pk>/supprimer/", partner_type_delete, name="partner_type_delete"),
    path("equipes/", team_list, name="team_list"),
    path("equipes/ajouter/", team_add, name="team_add"),
    path("equipes/<int:pk>/modifier/", team_edit, name="team_edit"),
    path("equipes/<int:pk>/supprimer/", team_delete, name="team_delete"),
    path("droits/", rights_list, name="rights_list"),
    path("droits/<int:pk>/modifier/", rights_edit, name="rights_edit"),
    path("agents/inviter/", territory_invitation_add, name="territory_invitation_add"),
]

urlpatterns = [
    path("o/<slug:org_slug>/", include(of_organization)),
    path("territoire/<slug:territory_slug>/", include(of_territory)),
]
