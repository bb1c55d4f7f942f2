from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = "Rendez-vous"

    def ready(self):
        from . import receivers  # noqa: F401  Connects every agent and desk to a calendar.
