"""Views of the agenda that an agent has given a name: which calendars, how, with what."""

from urllib.parse import urlencode

from django.db import models
from django.db.models.functions import Lower

from organizations.tenancy import TenantModel, TenantQuerySet

from .calendars import Calendar


class AgendaPeriod(models.TextChoices):
    """As it stands in the address."""

    DAY = "jour", "jour"
    WEEK = "semaine", "semaine"
    MONTH = "mois", "mois"


class AgendaViewQuerySet(TenantQuerySet):
    def visible_to(self, membership):
        """Nobody's but their own, whatever their role."""
        return super().visible_to(membership).filter(agent=membership.agent)

    def for_menu(self):
        """With their calendars, in two queries whatever their number."""
        calendars = models.Prefetch("calendars", Calendar.objects.order_by("pk"))
        return self.prefetch_related(calendars).order_by(Lower("name"), "pk")


class AgendaView(TenantModel):
    """Without a team and without calendars it is the agent's own calendar."""

    Period = AgendaPeriod

    agent = models.ForeignKey(
        "organizations.Agent", on_delete=models.CASCADE, related_name="agenda_views", verbose_name="agent"
    )
    name = models.CharField("nom", max_length=60)
    period = models.CharField("période", max_length=10, choices=Period.choices, default=Period.WEEK)
    # A team that is deleted takes its views with it: they would show somebody else.
    team = models.ForeignKey(
        "organizations.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="équipe"
    )
    calendars = models.ManyToManyField(Calendar, related_name="+", blank=True, verbose_name="agendas")
    is_list = models.BooleanField("en liste", default=False)
    with_cancelled = models.BooleanField("avec les RDV annulés", default=False)
    weekends = models.CharField(
        "week-ends", max_length=3, blank=True, choices=[("", "s'ils servent"), ("oui", "toujours"), ("non", "jamais")]
    )

    objects = AgendaViewQuerySet.as_manager()

    class Meta:
        verbose_name = "vue de l'agenda"
        verbose_name_plural = "vues de l'agenda"
        constraints = [
            models.UniqueConstraint(
                "organization",
                "agent",
                Lower("name"),
                name="agenda_view_named_once",
                violation_error_message="Vous avez déjà une vue de ce nom.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def query(self) -> dict:
        """The address of the agenda that it stands for. No query once `for_menu` has loaded it."""
        query = {"vue": self.period}
        if self.team_id:
            query["equipe"] = self.team_id
        if pks := [calendar.pk for calendar in self.calendars.all()]:
            query["agenda"] = pks
        for name, value in {
            "affichage": "liste" if self.is_list else "",
            "annules": "1" if self.with_cancelled else "",
            "weekends": self.weekends,
        }.items():
            if value:
                query[name] = value
        return query

    @property
    def address(self) -> str:
        return urlencode(self.query, doseq=True)
