"""Appointments: who sees them, what must never happen to them, and what they are called."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Value, When
from phonenumber_field.modelfields import PhoneNumberField

from organizations.models import Motif
from organizations.tenancy import TenantModel, TenantQuerySet

from .appointment_calendars import AppointmentCalendar
from .appointment_statuses import COME, OCCUPYING, AppointmentStatus, CreatedBy
from .calendars import Calendar
from .participations import Occupancy, Participation
from .visits import Visit

# So long one may be expected to say of each of several people whether they came.
REMEMBERED = timedelta(days=60)

# More names than that are no title.
_NAMED_IN_A_TITLE = 3


class AppointmentQuerySet(TenantQuerySet):
    def visible_to(self, membership):
        """The organization's to administrators and the front desk; else their services' and their own."""
        appointments = super().visible_to(membership)
        if membership.sees_every_unit:
            return appointments
        own = AppointmentCalendar.objects.filter(calendar__agent=membership.agent)
        return appointments.filter(
            Q(motif__in=Motif.objects.visible_to(membership).values("pk")) | Q(pk__in=own.values("appointment"))
        )

    def followed_by(self, membership):
        """Booked by widening a search from the member's organization: by themselves, or by any of its agents for those
        who see every service. They are not the organization's: only what `appointment_elsewhere` shows is to be seen.
        """
        appointments = self.filter(booked_from=membership.organization)
        return appointments if membership.sees_every_unit else appointments.filter(created_by=membership.agent)

    def collective(self):
        """Workshops."""
        return self.filter(seats__isnull=False)

    def on_calendars(self, calendars):
        return self.filter(pk__in=AppointmentCalendar.objects.filter(calendar__in=calendars).values("appointment"))

    def occupying(self):
        return self.filter(status__in=OCCUPYING)

    def upcoming(self, now):
        return self.filter(status=AppointmentStatus.BOOKED, starts_at__gt=now)

    def awaiting_outcome(self, now):
        """Started, and nobody has said what happened ("à renseigner")."""
        return self.filter(status=AppointmentStatus.BOOKED, starts_at__lte=now)

    def awaiting_somebodys_outcome(self, now):
        """The same, and those that are FULFILLED, for one person came, while of another nobody has said anything: of
        several or a workshop, without who waits for a seat. Of these, those that agents may still remember
        (REMEMBERED), so that years of fulfilled ones are not looked through.
        """
        unsaid = Participation.objects.taking_part().seated().filter(status=AppointmentStatus.BOOKED)
        is_open = Q(status=AppointmentStatus.BOOKED) | (
            Q(status=AppointmentStatus.FULFILLED, starts_at__gt=now - REMEMBERED)
            & Exists(unsaid.filter(appointment=OuterRef("pk")))
        )
        return self.filter(is_open, starts_at__lte=now)

    def between(self, start, end):
        """Overlapping [start, end)."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)

    def for_list(self):
        """Everything a row displays, in three queries whatever the number of rows."""
        return (
            self.select_related("motif", "option", "location", "received_by", "organization__territory")
            .prefetch_related(
                Prefetch("participations", Participation.objects.listed().for_list()),
                Prefetch("calendars", Calendar.objects.for_display()),
            )
            .order_by("starts_at", "pk")
        )


class Appointment(Visit, TenantModel):
    Status = AppointmentStatus
    CreatedBy = CreatedBy

    motif = models.ForeignKey(
        "organizations.Motif", on_delete=models.PROTECT, related_name="appointments", verbose_name="motif"
    )
    option = models.ForeignKey(
        "organizations.MotifOption",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name="option",
    )
    calendars = models.ManyToManyField(
        Calendar, through="scheduling.AppointmentCalendar", related_name="appointments", verbose_name="agendas"
    )
    citizens = models.ManyToManyField(
        "organizations.Citizen",
        through="scheduling.Participation",
        related_name="appointments",
        verbose_name="participants",
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    status = models.CharField("statut", max_length=30, choices=Status.choices, default=Status.BOOKED)
    is_occupying = models.GeneratedField(
        expression=Case(When(status__in=OCCUPYING, then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    location = models.ForeignKey(
        "organizations.Location",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name="lieu",
    )
    address = models.CharField("adresse", max_length=250, blank=True, help_text="À domicile, ou lieu d'une seule fois.")
    phone = PhoneNumberField("téléphone à appeler", blank=True)
    video_url = models.URLField("lien de la visio", blank=True)
    persons = models.PositiveSmallIntegerField("personnes", default=1)
    title = models.CharField("intitulé", max_length=120, blank=True)
    seats = models.PositiveSmallIntegerField("places", null=True, blank=True)
    context_note = models.TextField("note pour les agents", blank=True)
    created_by_kind = models.CharField("créé par", max_length=12, choices=CreatedBy.choices)
    created_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="agent"
    )
    # Where the agent found it by widening a search: their own organization, which follows it without its particulars.
    booked_from = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="pris depuis l'organisation",
    )
    created_at = models.DateTimeField("créé le")
    # When this time was last agreed on, at booking or by a move: reminders inside the lead time are not sent.
    placed_at = models.DateTimeField("placé le")
    # A request repeated with the same key gives the same appointment.
    idempotency_key = models.UUIDField(null=True, blank=True, editable=False)
    # What calendars of others know it by: the uid never changes, the sequence rises with each change.
    ics_uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    ics_sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "rendez-vous"
        verbose_name_plural = "rendez-vous"
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="Le rendez-vous doit se terminer après son début.",
            ),
            # The engine looks that far back for what is still busy (selectors.availability.LONGEST_BUSY).
            models.CheckConstraint(
                name="appointment_lasts_a_day_at_most",
                condition=Q(ends_at__lte=F("starts_at") + timedelta(days=1)),
                violation_error_message="Le rendez-vous dure plus d'une journée.",
            ),
            models.CheckConstraint(name="appointment_covers_a_person", condition=Q(persons__gte=1)),
            models.CheckConstraint(
                name="appointment_received_after_arrival",
                condition=Q(received_at=None) | Q(arrived_at__isnull=False, received_at__gte=F("arrived_at")),
                violation_error_message="Une personne est reçue après son arrivée.",
            ),
            models.CheckConstraint(
                name="appointment_finished_after_reception",
                condition=Q(finished_at=None) | Q(received_at__isnull=False, finished_at__gte=F("received_at")),
                violation_error_message="Un rendez-vous se termine après que la personne a été reçue.",
            ),
            models.CheckConstraint(
                name="appointment_received_by_somebody_at_a_time",
                condition=Q(received_by=None) | Q(received_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_arrived_only_who_has_come", condition=Q(arrived_at=None) | Q(status__in=COME)
            ),
            models.CheckConstraint(
                name="appointment_finished_is_fulfilled",
                condition=Q(finished_at=None) | Q(status=AppointmentStatus.FULFILLED),
            ),
            models.CheckConstraint(
                name="appointment_walk_in_is_not_absent",
                condition=Q(is_walk_in=False) | ~Q(status=AppointmentStatus.NO_SHOW),
                violation_error_message="Une personne venue sans rendez-vous n'est pas absente.",
            ),
            models.CheckConstraint(
                name="appointment_has_a_seat_or_none_to_count",
                condition=Q(seats__isnull=True) | Q(seats__gte=1),
                violation_error_message="Un atelier a au moins une place.",
            ),
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"], name="appointment_once_per_idempotency_key"
            ),
            # Referenced by its calendars and participations, whose copies follow it (see migrations).
            models.UniqueConstraint(
                fields=["id", "organization", "starts_at", "ends_at", "is_occupying"],
                name="appointment_with_its_period",
            ),
            models.UniqueConstraint(fields=["id", "organization"], name="appointment_with_its_organization"),
        ]
        indexes = [
            # What the list counts, filters and orders by, so that it reads the rows of one page only.
            models.Index(
                fields=["organization", "starts_at", "id"],
                include=["status", "motif", "location"],
                name="appointment_listed",
            ),
            models.Index(
                fields=["organization", "starts_at"],
                name="appointment_booked_by_time",
                condition=Q(status=AppointmentStatus.BOOKED),
            ),
            models.Index(
                fields=["organization", "starts_at"],
                name="appointment_workshop_by_time",
                condition=Q(seats__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.motif} – {self.starts_at:%d/%m/%Y %H:%M}"

    @property
    def is_cancelled(self):
        return self.status not in OCCUPYING

    @property
    def is_collective(self):
        """A workshop: people register for its seats, and wait for one when they are taken."""
        return self.seats is not None

    @property
    def people(self):
        """Who takes part, in words; of a workshop, how many. No query on a row of `for_list`."""
        if self.is_collective:
            return self.occupancy.in_words
        return ", ".join(str(participation.citizen) for participation in self.taking_part)

    @property
    def few_people(self):
        """Those of a title: three names at most, and how many more. No query on a row of `for_list`."""
        if self.is_collective:
            return self.people
        people = [str(participation.citizen) for participation in self.taking_part]
        more = len(people) - _NAMED_IN_A_TITLE
        return f"{', '.join(people[:_NAMED_IN_A_TITLE])} et {more} autres" if more > 1 else ", ".join(people)

    @property
    def headline(self):
        """What people call it: a workshop by its title, any other by who comes. No query on a row of `for_list`."""
        if self.is_collective:
            return self.title or self.motif.name
        return self.few_people or "Sans participant"

    @property
    def subject(self):
        """What it is about: its motif, after the title of an RDV that has one of its own."""
        if self.is_collective or not self.title:
            return self.motif.name
        return f"{self.title} – {self.motif.name}"

    @property
    def taking_part(self):
        """The participations of those who have not left. No query on a row of `for_list`."""
        return [participation for participation in self.participations.all() if participation.left_at is None]

    @property
    def prescriber(self):
        """Who booked it for somebody else; None when they are forgotten, and `created_by_kind` says it still. Of a
        workshop, each participation has its own. No query on a row of `for_list`.
        """
        if self.created_by_kind != CreatedBy.PRESCRIBER:
            return None
        return next((each.prescriber for each in self.participations.all() if each.prescriber_id), None)

    @property
    def without_outcome(self):
        """How many of those who take part nobody has said anything of. No query on a row of `for_list`."""
        return sum(each.status == self.Status.BOOKED and not each.is_waiting for each in self.taking_part)

    @property
    def occupancy(self):
        """Of a workshop. No query on a row of `for_list`."""
        return Occupancy(
            seats=self.seats,
            registered=sum(each.is_registered for each in self.participations.all()),
            waiting=sum(each.is_waiting for each in self.participations.all()),
        )

    def status_at(self, now):
        """The status as people know it: what is booked is `upcoming`, then `awaiting_outcome`."""
        if self.status != self.Status.BOOKED:
            return str(self.status)
        return "upcoming" if self.starts_at > now else "awaiting_outcome"

    def is_upcoming(self, now):
        return self.status == self.Status.BOOKED and self.starts_at > now

    def is_movable(self, now):
        """To another time: not begun, by the clock or because somebody is received already."""
        return self.is_upcoming(now) and self.received_at is None

    def is_awaiting_outcome(self, now):
        return self.status == self.Status.BOOKED and self.starts_at <= now
