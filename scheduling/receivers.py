"""Every agent and every desk has a calendar from its first second."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from organizations.models import Agent, Desk

from .models import Calendar


@receiver(post_save, sender=Agent, dispatch_uid="scheduling.open_calendar_of_agent")
def open_calendar_of_agent(instance, created, raw=False, **kwargs):
    if created and not raw:
        Calendar.objects.create(agent=instance)


@receiver(post_save, sender=Desk, dispatch_uid="scheduling.open_calendar_of_desk")
def open_calendar_of_desk(instance, created, raw=False, **kwargs):
    if created and not raw:
        Calendar.objects.create(desk=instance)
