"""Pages of the back office about when: of an organization, and of a territory."""

from django.urls import include, path

from .views.agenda import agenda, agenda_feed
from .views.agenda_views import agenda_view_add, agenda_view_delete, agenda_view_list, agenda_view_rename
from .views.allowances import allowance_edit, allowance_list
from .views.appointment_add import appointment_add
from .views.appointment_again import appointment_duplicate, appointment_resume
from .views.appointment_drag import appointment_drag
from .views.appointment_edit import appointment_calendars, appointment_edit
from .views.appointment_glance import appointment_glance
from .views.appointment_join import appointment_join
from .views.appointment_list import appointment_list
from .views.appointment_move import appointment_move
from .views.appointment_place import appointment_place
from .views.appointment_shift import appointment_shift
from .views.appointments import appointment_cancel, appointment_detail, appointment_outcome
from .views.appointments_elsewhere import appointment_elsewhere_cancel, appointment_elsewhere_detail
from .views.citizen_merge import citizen_merge
from .views.citizens import citizen_detail
from .views.closures import closure_add, closure_delete
from .views.conflicts import appointment_keep, conflict_list
from .views.day_sheet import day_sheet
from .views.desks import desk_add, desk_archive, desk_edit, desk_list, desk_unarchive
from .views.exports import export_add, export_delete, export_download, export_list
from .views.first_steps import (
    first_admin,
    first_hours,
    first_location,
    first_motifs,
    first_steps,
    first_trial,
    first_units,
)
from .views.imports import (
    territory_import_add,
    territory_import_detail,
    territory_import_discard,
    territory_import_progress,
    territory_import_run,
    territory_import_template,
)
from .views.locations import location_close, location_delete, location_reopen, location_share
from .views.members import member_edit, member_leave, member_list, member_remove
from .views.motifs import (
    motif_add,
    motif_archive,
    motif_duplicate,
    motif_duration,
    motif_edit,
    motif_list,
    motif_unarchive,
)
from .views.opening_days import holiday_dates_edit, holidays_edit, open_weekdays_edit, opening_days
from .views.openings import opening_add, opening_delete, opening_edit, opening_list, opening_preview
from .views.organizations import (
    organization_add,
    organization_edit,
    organization_list,
    organization_settings,
    organization_slug,
)
from .views.participants import participant_cancel, participant_edit, participant_outcome
from .views.reference_week_application import reference_week_apply
from .views.reference_weeks import (
    reference_week_add,
    reference_week_delete,
    reference_week_edit,
    reference_week_list,
    reference_week_reading,
)
from .views.series_scope import opening_restore, opening_scope, unavailability_restore, unavailability_scope
from .views.slot_explanation import slot_explanation
from .views.slot_month import slot_month
from .views.slot_search import slot_search
from .views.territories import territory_overview
from .views.territory_motif_add import territory_motif_add, territory_motif_duration
from .views.territory_motifs import territory_motif_bulk_edit, territory_motif_bulk_undo, territory_motif_list
from .views.territory_settings import (
    territory_logo_edit,
    territory_logo_remove,
    territory_settings,
    territory_theme,
)
from .views.today import today
from .views.unavailabilities import (
    unavailability_add,
    unavailability_delete,
    unavailability_edit,
    unavailability_list,
    unavailability_preview,
)
from .views.visits import appointment_visit
from .views.waiting_room import waiting_room
from .views.walk_ins import walk_in_add
from .views.workshop_people import workshop_presence, workshop_seat, workshop_sheet
from .views.workshops import workshop_add, workshop_edit, workshop_list

app_name = "scheduling"

of_organization = [
    path("aujourd-hui/", today, name="today"),
    path("accueil/", waiting_room, name="waiting_room"),
    path("sans-rdv/", walk_in_add, name="walk_in_add"),
    path("agenda/", agenda, name="agenda"),
    path("agenda/evenements/", agenda_feed, name="agenda_feed"),
    path("agenda/vues/", agenda_view_list, name="agenda_view_list"),
    path("agenda/vues/ajouter/", agenda_view_add, name="agenda_view_add"),
    path("agenda/vues/<int:pk>/renommer/", agenda_view_rename, name="agenda_view_rename"),
    path("agenda/vues/<int:pk>/supprimer/", agenda_view_delete, name="agenda_view_delete"),
    path("agenda/placer/", appointment_place, name="appointment_place"),
    path("trouver-un-rdv/", slot_search, name="slot_search"),
    path("trouver-un-rdv/mois/", slot_month, name="slot_month"),
    path("trouver-un-rdv/pourquoi/", slot_explanation, name="slot_explanation"),
    path("trouver-un-rdv/reserver/", appointment_add, name="appointment_add"),
    path("usagers/<int:pk>/", citizen_detail, name="citizen_detail"),
    path("usagers/<int:pk>/fusionner/", citizen_merge, name="citizen_merge"),
    path("rendez-vous/", appointment_list, name="appointment_list"),
    path("rendez-vous/<int:pk>/", appointment_detail, name="appointment_detail"),
    path("rendez-vous/<int:pk>/resultat/", appointment_outcome, name="appointment_outcome"),
    path("rendez-vous/<int:pk>/venue/", appointment_visit, name="appointment_visit"),
    path("rendez-vous/<int:pk>/annuler/", appointment_cancel, name="appointment_cancel"),
    path("rendez-vous/<int:pk>/deplacer/", appointment_move, name="appointment_move"),
    path("rendez-vous/<int:pk>/modifier/", appointment_edit, name="appointment_edit"),
    path("rendez-vous/<int:pk>/agendas/", appointment_calendars, name="appointment_calendars"),
    path("rendez-vous/<int:pk>/reprendre/", appointment_resume, name="appointment_resume"),
    path("rendez-vous/<int:pk>/dupliquer/", appointment_duplicate, name="appointment_duplicate"),
    path("rendez-vous/<int:pk>/participants/ajouter/", appointment_join, name="appointment_join"),
    path("participants/<int:pk>/resultat/", participant_outcome, name="participant_outcome"),
    path("participants/<int:pk>/modifier/", participant_edit, name="participant_edit"),
    path("participants/<int:pk>/ne-participe-plus/", participant_cancel, name="participant_cancel"),
    path("rendez-vous/<int:pk>/coup-d-oeil/", appointment_glance, name="appointment_glance"),
    path("rendez-vous/<int:pk>/placer/", appointment_shift, name="appointment_shift"),
    path("rendez-vous/<int:pk>/glisser/", appointment_drag, name="appointment_drag"),
    path("rendez-vous/<int:pk>/garder/", appointment_keep, name="appointment_keep"),
    path("rendez-vous-ailleurs/<int:pk>/", appointment_elsewhere_detail, name="appointment_elsewhere_detail"),
    path("rendez-vous-ailleurs/<int:pk>/annuler/", appointment_elsewhere_cancel, name="appointment_elsewhere_cancel"),
    path("ateliers/", workshop_list, name="workshop_list"),
    path("ateliers/ajouter/", workshop_add, name="workshop_add"),
    path("ateliers/<int:pk>/modifier/", workshop_edit, name="workshop_edit"),
    path("ateliers/<int:pk>/presences/", workshop_presence, name="workshop_presence"),
    path("ateliers/<int:pk>/faire-entrer/", workshop_seat, name="workshop_seat"),
    path("ateliers/<int:pk>/emargement/", workshop_sheet, name="workshop_sheet"),
    path("feuille-du-jour/", day_sheet, name="day_sheet"),
    path("mon-compte/exports/", export_list, name="export_list"),
    path("mon-compte/exports/demander/", export_add, name="export_add"),
    path("mon-compte/exports/<int:pk>/telecharger/", export_download, name="export_download"),
    path("mon-compte/exports/<int:pk>/supprimer/", export_delete, name="export_delete"),
    path("premiers-pas/", first_steps, name="first_steps"),
    path("premiers-pas/administrateur/", first_admin, name="first_admin"),
    path("premiers-pas/services/", first_units, name="first_units"),
    path("premiers-pas/motifs/", first_motifs, name="first_motifs"),
    path("premiers-pas/lieu/", first_location, name="first_location"),
    path("premiers-pas/horaires/", first_hours, name="first_hours"),
    path("premiers-pas/essai/", first_trial, name="first_trial"),
    path("parametres/agents/", member_list, name="member_list"),
    path("parametres/agents/<int:pk>/modifier/", member_edit, name="member_edit"),
    path("parametres/agents/<int:pk>/retirer/", member_remove, name="member_remove"),
    path("quitter/", member_leave, name="member_leave"),
    path("conflits/", conflict_list, name="conflict_list"),
    path("plages/", opening_list, name="opening_list"),
    path("plages/ajouter/", opening_add, name="opening_add"),
    path("plages/apercu/", opening_preview, name="opening_preview"),
    path("plages/<int:pk>/portee/", opening_scope, name="opening_scope"),
    path("plages/<int:pk>/retablir/", opening_restore, name="opening_restore"),
    path("plages/<int:pk>/modifier/", opening_edit, name="opening_edit"),
    path("plages/<int:pk>/supprimer/", opening_delete, name="opening_delete"),
    path("indisponibilites/", unavailability_list, name="unavailability_list"),
    path("indisponibilites/ajouter/", unavailability_add, name="unavailability_add"),
    path("indisponibilites/apercu/", unavailability_preview, name="unavailability_preview"),
    path("indisponibilites/<int:pk>/portee/", unavailability_scope, name="unavailability_scope"),
    path("indisponibilites/<int:pk>/retablir/", unavailability_restore, name="unavailability_restore"),
    path("indisponibilites/<int:pk>/modifier/", unavailability_edit, name="unavailability_edit"),
    path("indisponibilites/<int:pk>/supprimer/", unavailability_delete, name="unavailability_delete"),
    path("parametres/organisation/", organization_settings, name="organization_settings"),
    path("parametres/motifs/", motif_list, name="motif_list"),
    path("parametres/motifs/ajouter/", motif_add, name="motif_add"),
    path("parametres/motifs/duree/", motif_duration, name="motif_duration"),
    path("parametres/motifs/<int:pk>/modifier/", motif_edit, name="motif_edit"),
    path("parametres/motifs/<int:pk>/dupliquer/", motif_duplicate, name="motif_duplicate"),
    path("parametres/motifs/<int:pk>/archiver/", motif_archive, name="motif_archive"),
    path("parametres/motifs/<int:pk>/remettre/", motif_unarchive, name="motif_unarchive"),
    path("parametres/guichets/", desk_list, name="desk_list"),
    path("parametres/guichets/ajouter/", desk_add, name="desk_add"),
    path("parametres/guichets/<int:pk>/modifier/", desk_edit, name="desk_edit"),
    path("parametres/guichets/<int:pk>/archiver/", desk_archive, name="desk_archive"),
    path("parametres/guichets/<int:pk>/remettre/", desk_unarchive, name="desk_unarchive"),
    path("parametres/quotas/", allowance_list, name="allowance_list"),
    path("parametres/quotas/<int:pk>/modifier/", allowance_edit, name="allowance_edit"),
    path("parametres/lieux/<int:pk>/fermer/", location_close, name="location_close"),
    path("parametres/lieux/<int:pk>/rouvrir/", location_reopen, name="location_reopen"),
    path("parametres/lieux/<int:pk>/partager/", location_share, name="location_share"),
    path("parametres/lieux/<int:pk>/supprimer/", location_delete, name="location_delete"),
    path("parametres/semaines/", reference_week_list, name="reference_week_list"),
    path("parametres/semaines/ajouter/", reference_week_add, name="reference_week_add"),
    path("parametres/semaines/lecture/", reference_week_reading, name="reference_week_reading"),
    path("parametres/semaines/<int:pk>/modifier/", reference_week_edit, name="reference_week_edit"),
    path("parametres/semaines/<int:pk>/supprimer/", reference_week_delete, name="reference_week_delete"),
    path("parametres/semaines/<int:pk>/appliquer/", reference_week_apply, name="reference_week_apply"),
    path("parametres/jours-ouverture/", opening_days, name="opening_days"),
    path("parametres/jours-ouverture/semaine/", open_weekdays_edit, name="open_weekdays_edit"),
    path("parametres/jours-ouverture/feries/", holidays_edit, name="holidays_edit"),
    path("parametres/jours-ouverture/dates/", holiday_dates_edit, name="holiday_dates_edit"),
    path("parametres/jours-ouverture/fermetures/ajouter/", closure_add, name="closure_add"),
    path("parametres/jours-ouverture/fermetures/<int:pk>/retirer/", closure_delete, name="closure_delete"),
]

of_territory = [
    path("", territory_overview, name="territory_overview"),
    path("organisations/", organization_list, name="organization_list"),
    path("organisations/ajouter/", organization_add, name="organization_add"),
    path("organisations/adresse/", organization_slug, name="organization_slug"),
    path("organisations/<int:pk>/modifier/", organization_edit, name="organization_edit"),
    path("reglages/", territory_settings, name="territory_settings"),
    path("reglages/couleurs/", territory_theme, name="territory_theme"),
    path("reglages/logo/", territory_logo_edit, name="territory_logo_edit"),
    path("reglages/logo/retirer/", territory_logo_remove, name="territory_logo_remove"),
    path("importer/", territory_import_add, name="territory_import_add"),
    path("importer/modele/", territory_import_template, name="territory_import_template"),
    path("importer/<int:pk>/", territory_import_detail, name="territory_import_detail"),
    path("importer/<int:pk>/avancement/", territory_import_progress, name="territory_import_progress"),
    path("importer/<int:pk>/appliquer/", territory_import_run, name="territory_import_run"),
    path("importer/<int:pk>/abandonner/", territory_import_discard, name="territory_import_discard"),
    path("motifs/", territory_motif_list, name="territory_motif_list"),
    path("motifs/ajouter/", territory_motif_add, name="territory_motif_add"),
    path("motifs/duree/", territory_motif_duration, name="territory_motif_duration"),
    path("motifs/modifier/", territory_motif_bulk_edit, name="territory_motif_bulk_edit"),
    path("motifs/modifications/<int:pk>/annuler/", territory_motif_bulk_undo, name="territory_motif_bulk_undo"),
]

urlpatterns = [
    path("o/<slug:org_slug>/", include(of_organization)),
    path("territoire/<slug:territory_slug>/", include(of_territory)),
]
