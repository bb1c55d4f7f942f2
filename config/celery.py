"""The Celery application: `celery -A config worker`, `celery -A config beat`.

DJANGO_SETTINGS_MODULE says which settings: whoever starts a process sets it, since everything imports this module.
"""

from celery import Celery

app = Celery("permanence")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
