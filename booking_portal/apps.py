from django.apps import AppConfig


class BookingPortalConfig(AppConfig):
    name = "booking_portal"
    verbose_name = "Portail de réservation"
