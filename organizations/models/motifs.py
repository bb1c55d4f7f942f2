"""Motifs (appointment types), their options and their questions."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from ..tenancy import TenantModel, TenantQuerySet

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=12)


class LocationKind(models.TextChoices):
    ON_SITE = "on_site", "sur place"
    PHONE = "phone", "téléphone"
    HOME = "home", "à domicile"
    VIDEO = "video", "visio"


class BookingAudience(models.TextChoices):
    """Who may book, from the narrowest to the widest; each includes the ones before it."""

    AGENTS = "agents", "agents"
    PRESCRIBERS = "prescribers", "agents et prescripteurs"
    LINK = "link", "tous ceux qui ont le lien"
    EVERYONE = "everyone", "tout le monde, sur le portail"


class MotifSharing(models.TextChoices):
    """Whose agents, beside its own, find the motif by widening a search; each includes the ones before it."""

    NONE = "none", "personne d'autre"
    ORGANIZATION = "organization", "les autres services de l'organisation"
    TERRITORY = "territory", "aussi les autres organisations du territoire"


class MotifQuerySet(TenantQuerySet):
    def for_territory(self, territory):
        return self.filter(organization__territory=territory)

    def active(self):
        return self.filter(archived_at=None)

    def visible_to(self, membership):
        """A motif restricted to service units exists only for their agents, the front desk and administrators."""
        motifs = super().visible_to(membership)
        if membership.sees_every_unit:
            return motifs
        return motifs.filter(
            Q(pk__in=Motif.units.through.objects.filter(serviceunit__in=membership.unit_ids).values("motif"))
            | ~Q(pk__in=Motif.units.through.objects.values("motif"))
        )

    def found_by_widening(self, membership):
        """Those a member may book for although their services or calendars are not the member's (product.md, R3).

        What its category allows: a motif is found by whoever searches a motif of the same category, if it is shared
        with the other services of its organization, or with the whole territory. A motif without category is not; a
        follow-up stays with the referents, and a collective one has no slots. Never of another territory.
        """
        own = Q(organization=membership.organization, sharing__in=[MotifSharing.ORGANIZATION, MotifSharing.TERRITORY])
        sisters = Q(organization__territory=membership.organization.territory_id, sharing=MotifSharing.TERRITORY)
        searched = Motif.objects.visible_to(membership).active().filter(is_collective=False)
        return (
            self.active()
            .filter(own | sisters, is_collective=False, is_follow_up=False)
            .exclude(category="")
            .filter(Exists(searched.filter(category__iexact=OuterRef("category"))))
        )

    def on_portal(self):
        """Listed on the portal for everybody."""
        return self.active().filter(booking_audience=BookingAudience.EVERYONE)

    def bookable_by_link(self):
        """Open to a citizen who has the address: the listed ones and those given by link only."""
        return self.active().filter(booking_audience__in=[BookingAudience.LINK, BookingAudience.EVERYONE])

    def listed_for_prescribers(self, partner_type_id):
        """Listed where a prescriber of this type of partners chooses; of none of the territory's types where None."""
        audiences = [BookingAudience.PRESCRIBERS, BookingAudience.EVERYONE]
        return self.open_to_prescribers(partner_type_id).filter(booking_audience__in=audiences)

    def open_to_prescribers(self, partner_type_id):
        """Those a prescriber of this type may book for somebody, given by link only among them.

        The partner types of a motif restrict prescribers alone, whoever else may book it.
        """
        named = Motif.partner_types.through.objects.filter(motif=OuterRef("pk"))
        audiences = [BookingAudience.PRESCRIBERS, BookingAudience.LINK, BookingAudience.EVERYONE]
        return self.active().filter(
            ~Exists(named) | Exists(named.filter(partnertype=partner_type_id)), booking_audience__in=audiences
        )


class Motif(TenantModel):
    LocationKind = LocationKind
    Sharing = MotifSharing
    BookingAudience = BookingAudience

    name = models.CharField("nom", max_length=120)
    slug = models.SlugField("adresse", max_length=80, help_text="Nom dans les adresses du portail.")
    units = models.ManyToManyField(
        "organizations.ServiceUnit",
        verbose_name="services",
        related_name="motifs",
        blank=True,
        help_text="Réserve la gestion du motif aux agents de ces services. Vide : tous les services.",
    )
    category = models.CharField("catégorie", max_length=80, blank=True)
    description = models.TextField("détail", blank=True, help_text="Affiché sur le portail.")
    color = models.CharField(
        "couleur",
        max_length=7,
        default="#1d4f91",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", "Écrivez la couleur sous la forme #1d4f91.")],
    )
    duration = models.DurationField("durée", default=timedelta(minutes=30))
    pause = models.DurationField("pause après le rendez-vous", default=timedelta(0))
    location_kind = models.CharField(
        "type de lieu", max_length=10, choices=LocationKind.choices, default=LocationKind.ON_SITE
    )
    is_collective = models.BooleanField("collectif", default=False)
    booking_audience = models.CharField(
        "qui peut réserver", max_length=12, choices=BookingAudience.choices, default=BookingAudience.AGENTS
    )
    sharing = models.CharField(
        "qui d'autre le trouve en élargissant sa recherche",
        max_length=12,
        choices=MotifSharing.choices,
        default=MotifSharing.NONE,
    )
    minimum_delay = models.DurationField("délai minimum", default=timedelta(minutes=30))
    minimum_delay_binds_agents = models.BooleanField("le délai minimum vaut aussi pour les agents", default=False)
    # A delay is either elapsed time or calendar months (slots.md, meaning 8): exactly one of the two is set.
    maximum_delay = models.DurationField("délai maximum", null=True, blank=True)
    maximum_delay_months = models.PositiveSmallIntegerField(
        "délai maximum (mois)",
        null=True,
        blank=True,
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    instructions_before = models.TextField(
        "instructions à accepter", blank=True, help_text="À accepter avant de choisir un créneau."
    )
    instructions_after = models.TextField("instructions après la réservation", blank=True)
    citizen_may_cancel = models.BooleanField("l'usager peut annuler", default=True)
    citizen_may_move = models.BooleanField("l'usager peut déplacer", default=True)
    offers_earlier_slots = models.BooleanField("liste d'attente pour un créneau plus tôt", default=True)
    change_deadline = models.DurationField(
        "jusqu'à combien de temps avant", default=timedelta(hours=4), help_text="Pour annuler ou déplacer."
    )
    cancellation_warning = models.TextField("avertissement avant annulation", blank=True)
    is_follow_up = models.BooleanField(
        "suivi", default=False, help_text="Seulement avec les agents référents de l'usager."
    )
    partner_types = models.ManyToManyField(
        "organizations.PartnerType",
        verbose_name="types de partenaire",
        related_name="motifs",
        blank=True,
        help_text="Ne limite que les prescripteurs\u00a0: seuls ceux de ces types réservent ce motif pour quelqu'un."
        " Vide\u00a0: tous.",
    )
    max_persons = models.PositiveSmallIntegerField(
        "personnes par rendez-vous",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="La durée est multipliée par le nombre de personnes.",
    )
    # Of one person, booked by themselves; nothing is no limit. Five by default: who needs more of the same to come is
    # booked by an agent, and nobody empties a calendar from the portal of a motif that was left as it is.
    max_upcoming = models.PositiveSmallIntegerField(
        "rendez-vous à venir par usager",
        null=True,
        blank=True,
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    reminder_lead_times = ArrayField(
        models.DurationField(),
        verbose_name="délais de rappel",
        null=True,
        blank=True,
        help_text="Vide : ceux du territoire.",
    )
    external_id = models.CharField("identifiant externe", max_length=80, blank=True)
    archived_at = models.DateTimeField("archivé le", null=True, blank=True)

    objects = MotifQuerySet.as_manager()

    class Meta:
        verbose_name = "motif"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "slug",
                name="motif_slug_once_per_organization",
                violation_error_message="Un motif de cette organisation a déjà cette adresse.",
            ),
            models.UniqueConstraint(
                "organization", "external_id", condition=~Q(external_id=""), name="motif_imported_once"
            ),
            # Referenced by rows that must stay within one organization (see migrations).
            models.UniqueConstraint(fields=["id", "organization"], name="motif_with_its_organization"),
            models.CheckConstraint(
                name="motif_duration_within_bounds",
                condition=Q(duration__gte=SHORTEST, duration__lte=LONGEST),
                violation_error_message="La durée va de 5 minutes à 12 heures.",
            ),
            models.CheckConstraint(
                name="motif_pause_within_bounds",
                condition=Q(pause__gte=timedelta(0), pause__lte=LONGEST),
                violation_error_message="La pause va de 0 minute à 12 heures.",
            ),
            models.CheckConstraint(
                name="motif_minimum_delay_within_bounds",
                condition=Q(minimum_delay__gte=timedelta(0), minimum_delay__lte=timedelta(days=366)),
                violation_error_message="Le délai minimum va de 0 à un an.",
            ),
            models.CheckConstraint(
                name="motif_has_one_maximum_delay",
                condition=(
                    Q(maximum_delay__isnull=True, maximum_delay_months__range=(1, 12))
                    | Q(
                        maximum_delay_months__isnull=True,
                        maximum_delay__gt=timedelta(0),
                        maximum_delay__lte=timedelta(days=366),
                    )
                ),
                violation_error_message="Le délai maximum est d'un an au plus.",
            ),
            models.CheckConstraint(
                name="motif_maximum_delay_after_minimum",
                condition=Q(maximum_delay__isnull=True) | Q(maximum_delay__gt=F("minimum_delay")),
                violation_error_message="Le délai maximum doit dépasser le délai minimum.",
            ),
            models.CheckConstraint(
                name="motif_change_deadline_not_negative",
                condition=Q(change_deadline__gte=timedelta(0)),
                violation_error_message="Ce délai ne peut pas être négatif.",
            ),
            models.CheckConstraint(
                name="motif_covers_one_to_twenty_persons", condition=Q(max_persons__gte=1, max_persons__lte=20)
            ),
            models.CheckConstraint(
                name="motif_allows_one_to_fifty_upcoming",
                condition=Q(max_upcoming__isnull=True) | Q(max_upcoming__gte=1, max_upcoming__lte=50),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_active(self):
        return self.archived_at is None


class MotifOption(TenantModel):
    """One of the demands a motif gathers (« Pièces d'identité » → « CNI », « Passeport »)."""

    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="options", verbose_name="motif")
    name = models.CharField("nom", max_length=120)
    duration = models.DurationField("durée", null=True, blank=True, help_text="Vide : celle du motif.")
    position = models.PositiveSmallIntegerField("ordre", default=0)
    archived_at = models.DateTimeField("archivée le", null=True, blank=True)

    class Meta:
        verbose_name = "option"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "motif",
                "name",
                name="motif_option_named_once",
                violation_error_message="Cette option existe déjà pour ce motif.",
            ),
            # Referenced by what is booked or held with it (see migrations).
            models.UniqueConstraint(fields=["id", "motif"], name="motif_option_with_its_motif"),
            models.CheckConstraint(
                name="motif_option_duration_within_bounds",
                condition=Q(duration__isnull=True) | Q(duration__gte=SHORTEST, duration__lte=LONGEST),
                violation_error_message="La durée va de 5 minutes à 12 heures.",
            ),
        ]

    def __str__(self):
        return self.name


class QuestionKind(models.TextChoices):
    SHORT = "short", "texte court"
    LONG = "long", "texte long"
    CHOICE = "choice", "choix"


class MotifQuestion(TenantModel):
    Kind = QuestionKind

    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="questions", verbose_name="motif")
    label = models.CharField("question", max_length=200)
    kind = models.CharField("réponse", max_length=10, choices=Kind.choices, default=Kind.SHORT)
    choices = ArrayField(models.CharField(max_length=120), verbose_name="choix", default=list, blank=True)
    is_required = models.BooleanField("obligatoire", default=False)
    position = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        verbose_name = "question"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint("motif", "label", name="motif_question_asked_once"),
            models.CheckConstraint(
                name="motif_question_choices_only_for_a_choice",
                condition=Q(kind=QuestionKind.CHOICE, choices__len__gte=1)
                | (~Q(kind=QuestionKind.CHOICE) & Q(choices__len=0)),
                violation_error_message="Donnez des choix à une question à choix, et seulement à elle.",
            ),
        ]

    def __str__(self):
        return self.label
