from datetime import timedelta

from django.db import models
from django.db.models import Q

from organizations.models import Desk, Membership


class CalendarQuerySet(models.QuerySet):
    """A calendar has no organization of its own: an agent's spans organizations, a desk's is its desk's."""

    def for_organization(self, organization):
        members = Membership.objects.for_organization(organization).active()
        desks = Desk.objects.for_organization(organization)
        return self.filter(Q(agent__in=members.values("agent")) | Q(desk__in=desks.values("pk")))

    def visible_to(self, membership):
        """Their own; those of agents who share a service unit; desks they may see. Everything to the front desk."""
        calendars = self.for_organization(membership.organization)
        if membership.sees_every_unit:
            return calendars
        colleagues = (
            Membership.objects.for_organization(membership.organization).active().filter(units__in=membership.unit_ids)
        )
        return calendars.filter(
            Q(agent=membership.agent)
            | Q(agent__in=colleagues.values("agent"))
            | Q(desk__in=Desk.objects.visible_to(membership).values("pk"))
        )

    def managed_by(self, membership):
        """Of those that `visible_to` gave, the ones on which they open and close hours (see `permissions`)."""
        if membership.is_admin:
            return self
        return self.filter(Q(agent=membership.agent) | Q(desk__in=Desk.objects.hours_kept_by(membership).values("pk")))

    def of_team(self, team):
        """The agents' of the team. Nobody's where it has none."""
        return self.filter(agent__in=team.agents.through.objects.filter(team=team).values("agent"))

    def in_use(self):
        """Without the desks that were archived."""
        return self.filter(Q(desk=None) | Q(desk__archived_at=None))

    def for_display(self):
        """Names without a query per row, agents first."""
        return self.select_related("agent", "desk__location").order_by(
            "agent__last_name", "agent__first_name", "desk__name", "pk"
        )


class Calendar(models.Model):
    """Whatever can be booked: the time of an agent, in all their organizations together, or of a desk.

    Lock, quota and the ban on overlaps hang from this row. Made with its agent or desk (see `receivers`).
    """

    agent = models.OneToOneField(
        "organizations.Agent",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="calendar",
        verbose_name="agent",
    )
    desk = models.OneToOneField(
        "organizations.Desk",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="calendar",
        verbose_name="guichet",
    )
    weekly_allowance = models.DurationField(
        "quota hebdomadaire", null=True, blank=True, help_text="Heures d'ouverture par semaine. Vide : sans limite."
    )
    # Free windows exist for the local days up to this one, included. Nothing yet: null.
    windows_until = models.DateField(null=True, blank=True, editable=False)
    # Set while a change waits for its batch: searches then answer from the pure core, never from old windows.
    windows_stale_since = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = "agenda"
        constraints = [
            models.CheckConstraint(
                name="calendar_of_an_agent_or_a_desk",
                condition=Q(agent__isnull=True, desk__isnull=False) | Q(agent__isnull=False, desk__isnull=True),
            ),
            models.CheckConstraint(
                name="calendar_allowance_positive",
                condition=Q(weekly_allowance__isnull=True) | Q(weekly_allowance__gt=timedelta(0)),
                violation_error_message="Le quota doit être positif.",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="calendar_stale", condition=Q(windows_stale_since__isnull=False)),
        ]

    def __str__(self):
        return str(self.agent or self.desk)

    @property
    def name(self):
        return str(self)
