from django.urls import include, path

from . import api
from .views import (
    booking,
    calendar_addresses,
    choosing,
    contact_changes,
    earlier_slots,
    frames,
    holds,
    home,
    links,
    months,
    my_appointments,
    online_booking,
    posters,
    prescribers,
    prescribing,
    slots,
    workshops,
)

app_name = "booking_portal"

of_organization = [
    path("parametres/reservation-en-ligne/", online_booking.online_booking, name="online_booking"),
    path(
        "parametres/reservation-en-ligne/adresses/",
        online_booking.online_booking_addresses,
        name="online_booking_addresses",
    ),
    path(
        "parametres/reservation-en-ligne/agents-et-guichets/",
        calendar_addresses.calendar_address_list,
        name="calendar_address_list",
    ),
    path(
        "parametres/reservation-en-ligne/agents-et-guichets/<int:pk>/",
        calendar_addresses.calendar_address_edit,
        name="calendar_address_edit",
    ),
    path(
        "parametres/reservation-en-ligne/agents-et-guichets/<int:pk>/affiche/",
        posters.calendar_poster,
        name="calendar_poster",
    ),
    path("parametres/reservation-en-ligne/agents-et-guichets/<int:pk>/qr/", posters.calendar_qr, name="calendar_qr"),
    path("parametres/reservation-en-ligne/affiche/", posters.organization_poster, name="organization_poster"),
    path("parametres/reservation-en-ligne/qr/", posters.organization_qr, name="organization_qr"),
    path("parametres/reservation-en-ligne/lieux/<int:pk>/affiche/", posters.location_poster, name="location_poster"),
    path("parametres/reservation-en-ligne/lieux/<int:pk>/qr/", posters.location_qr, name="location_qr"),
    path("parametres/reservation-en-ligne/motifs/<int:pk>/affiche/", posters.motif_poster, name="motif_poster"),
    path("parametres/reservation-en-ligne/motifs/<int:pk>/qr/", posters.motif_qr, name="motif_qr"),
]

of_territory = [
    path("sites-partenaires/", frames.frame_ancestors, name="frame_ancestors"),
]

urlpatterns = [
    path("o/<slug:org_slug>/", include(of_organization)),
    path("territoire/<slug:territory_slug>/", include(of_territory)),
    path("", home.home, name="home"),
    path("prendre-rdv/<slug:territory_slug>/", choosing.service_choice, name="service_choice"),
    path("prendre-rdv/<slug:territory_slug>/choisir/motif/", choosing.motif_choice, name="motif_choice"),
    path("prendre-rdv/<slug:territory_slug>/choisir/option/", choosing.option_choice, name="option_choice"),
    path("prendre-rdv/<slug:territory_slug>/choisir/instructions/", choosing.instructions, name="instructions"),
    path("prendre-rdv/<slug:territory_slug>/choisir/lieu/", choosing.place_choice, name="place_choice"),
    path("prendre-rdv/<slug:territory_slug>/choisir/creneau/", slots.slot_choice, name="slot_choice"),
    path("prendre-rdv/<slug:territory_slug>/choisir/creneau/mois/", months.slot_month, name="slot_month"),
    path("prendre-rdv/<slug:territory_slug>/choisir/atelier/", workshops.workshop_choice, name="workshop_choice"),
    path("prendre-rdv/<slug:territory_slug>/reserver/complet/", workshops.workshop_full, name="workshop_full"),
    path("prendre-rdv/<slug:territory_slug>/reserver/deja-pris/", slots.slot_taken, name="slot_taken"),
    path("prendre-rdv/<slug:territory_slug>/reserver/quitter/", slots.leave, name="leave"),
    path("prendre-rdv/<slug:territory_slug>/reserver/garder/", holds.hold_prolong, name="hold_prolong"),
    path("prendre-rdv/<slug:territory_slug>/reserver/vous/", booking.who, name="who"),
    path("prendre-rdv/<slug:territory_slug>/reserver/code/", booking.code, name="code"),
    path("prendre-rdv/<slug:territory_slug>/reserver/code/envoyer/", booking.code_send, name="code_send"),
    path(
        "prendre-rdv/<slug:territory_slug>/choisir/prescripteur/",
        prescribers.prescriber_identity,
        name="prescriber_identity",
    ),
    path(
        "prendre-rdv/<slug:territory_slug>/choisir/prescripteur/oublier/",
        prescribers.prescriber_forget,
        name="prescriber_forget",
    ),
    path(
        "prendre-rdv/<slug:territory_slug>/choisir/prescripteur/confirme/",
        prescribing.prescriber_booked,
        name="prescriber_booked",
    ),
    path("prendre-rdv/<slug:territory_slug>/reserver/beneficiaire/", prescribing.beneficiary, name="beneficiary"),
    path(
        "prendre-rdv/<slug:territory_slug>/reserver/beneficiaire/code/",
        prescribing.prescriber_code,
        name="prescriber_code",
    ),
    path(
        "prendre-rdv/<slug:territory_slug>/reserver/beneficiaire/code/envoyer/",
        prescribing.prescriber_code_send,
        name="prescriber_code_send",
    ),
    path("prendre-rdv/<slug:territory_slug>/lieu/<int:pk>/", choosing.location_entry, name="location_entry"),
    path(
        "prendre-rdv/<slug:territory_slug>/<slug:organization_slug>/",
        choosing.organization_entry,
        name="organization_entry",
    ),
    path(
        "prendre-rdv/<slug:territory_slug>/<slug:organization_slug>/avec/<slug:slug>/",
        choosing.calendar_entry,
        name="calendar_entry",
    ),
    path(
        "prendre-rdv/<slug:territory_slug>/<slug:organization_slug>/<slug:motif_slug>/",
        choosing.motif_entry,
        name="motif_entry",
    ),
    path(
        "api/public/territoires/<slug:territory_slug>/lieux.json", api.territory_directory, name="territory_directory"
    ),
    path(
        "api/public/organisations/<slug:organization_slug>/lieux.json",
        api.organization_directory,
        name="organization_directory",
    ),
    path(
        "api/public/organisations/<slug:organization_slug>/avec/<slug:slug>.json",
        api.calendar_directory,
        name="calendar_directory",
    ),
    path("api/public/lieux/<int:pk>.json", api.location_directory, name="location_directory"),
    path("mes-rdv/", my_appointments.my_appointments_territory, name="my_appointments_territory"),
    path("mes-rdv/<slug:territory_slug>/", my_appointments.my_appointments, name="my_appointments"),
    path(
        "mes-rdv/<slug:territory_slug>/contact/",
        my_appointments.my_appointments_contact,
        name="my_appointments_contact",
    ),
    path("mes-rdv/<slug:territory_slug>/code/", my_appointments.my_appointments_code, name="my_appointments_code"),
    path(
        "mes-rdv/<slug:territory_slug>/code/envoyer/",
        my_appointments.my_appointments_code_send,
        name="my_appointments_code_send",
    ),
    path("mes-rdv/<slug:territory_slug>/quitter/", my_appointments.my_appointments_leave, name="my_appointments_leave"),
    path("mon-rdv/<str:token>/", links.my_appointment, name="my_appointment"),
    path("mon-rdv/<str:token>/confirme/", links.my_appointment_booked, name="my_appointment_booked"),
    path("mon-rdv/<str:token>/rendez-vous.ics", links.my_appointment_ics, name="my_appointment_ics"),
    path("mon-rdv/<str:token>/deplacer/", links.my_appointment_move, name="my_appointment_move"),
    path("mon-rdv/<str:token>/plus-tot/", earlier_slots.my_appointment_earlier, name="my_appointment_earlier"),
    path(
        "mon-rdv/<str:token>/plus-tot/quitter/",
        earlier_slots.my_appointment_earlier_leave,
        name="my_appointment_earlier_leave",
    ),
    # Short, for it goes into an SMS.
    path("mon-rdv/<str:token>/o/", earlier_slots.my_appointment_offer, name="my_appointment_offer"),
    path("mon-rdv/<str:token>/contact/", contact_changes.my_appointment_contact, name="my_appointment_contact"),
    path(
        "mon-rdv/<str:token>/contact/code/",
        contact_changes.my_appointment_contact_code,
        name="my_appointment_contact_code",
    ),
    path(
        "mon-rdv/<str:token>/contact/code/envoyer/",
        contact_changes.my_appointment_contact_code_send,
        name="my_appointment_contact_code_send",
    ),
    path("mon-rdv/<str:token>/annuler/", links.my_appointment_cancel, name="my_appointment_cancel"),
]
