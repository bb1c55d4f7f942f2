"""Wires the apps together: settings, addresses, Celery, health. Nothing imports it but `config.shortcuts`."""

# Loaded with Django, so that `@shared_task` binds to this application and not to Celery's default one.
from config.celery import app as celery_app

__all__ = ["celery_app"]
