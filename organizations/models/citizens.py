"""Citizens (usagers) of a territory, and which organizations know them."""

from functools import cached_property, reduce
from operator import and_

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from phonenumber_field.modelfields import PhoneNumberField

from ..citizen_search import name_key, prefix_query, search_text, typed_words
from ..phone_numbers import receives_sms
from ..tenancy import TenantModel, TerritoryModel, TerritoryQuerySet
from .mail_standing import MailStanding
from .sms_stops import SmsStop

# Shorter beginnings of words are in so many records that the index of words only adds work.
SELECTIVE = 3


class CitizenQuerySet(TerritoryQuerySet):
    """Records that were merged into another are out of sight: only `named` knows their ids."""

    def for_territory(self, territory):
        return self._standing_in(territory)

    def _standing_in(self, territory):
        return self.filter(territory=territory, merged_into=None)

    def for_organization(self, organization):
        """Citizens the organization knows, or all of the territory where the territory shares them."""
        citizens = self._standing_in(organization.territory_id)
        if organization.territory.citizens_are_shared:
            return citizens
        return citizens.filter(pk__in=CitizenAccess.objects.filter(organization=organization).values("citizen"))

    def visible_to(self, membership):
        """A plain agent sees those that one of their service units knows, or that no unit keeps for itself."""
        citizens = self.for_organization(membership.organization)
        if membership.sees_every_unit or membership.organization.territory.citizens_are_shared:
            return citizens
        followed = Citizen.referents.through.objects.filter(agent=membership.agent)
        # One list of accesses, so that the database may begin with it: an agent may see few of very many.
        known = CitizenAccess.objects.filter(organization=membership.organization).filter(
            Q(unit__in=membership.unit_ids) | Q(unit=None) | Q(citizen__in=followed.values("citizen"))
        )
        return self._standing_in(membership.organization.territory_id).filter(pk__in=known.values("citizen"))

    def named(self, pk):
        """The record that this id names today: its own, or the one it was merged into. No row for another."""
        standing = Citizen.objects.filter(pk=pk).order_by().values(standing=Coalesce("merged_into", "pk"))
        return self.filter(pk=models.Subquery(standing))

    def with_contact(self, *, email="", phone=""):
        """Who gave this e-mail or this phone (either, when both are given)."""
        by_email = Q(email=email.lower()) if email else Q(pk__in=[])
        by_phone = Q(phone=phone) if phone else Q(pk__in=[])
        return self.filter(by_email | by_phone)

    def recognised_by(self, *, email="", phone="", typed_email="", typed_phone=""):
        """Whom this e-mail or this phone (either, when both are given) stands for.

        Not a record into which a visitor only typed it, beside a contact of their own: what is sent about whoever is
        taken for it would go there. Such a record comes only to who types all of its contacts.
        """
        by_email = ~Q(only_typed__contains=[email.lower()]) | Q(phone__in=["", typed_phone])
        by_phone = ~Q(only_typed__contains=[str(phone)]) | Q(email__in=["", typed_email.lower()])
        having_email, having_phone = (
            Citizen.objects.with_contact(email=email),
            Citizen.objects.with_contact(phone=phone),
        )
        return self.filter(
            Q(pk__in=having_email.filter(by_email).values("pk")) | Q(pk__in=having_phone.filter(by_phone).values("pk"))
        )

    def search(self, typed):
        """Names, e-mail or phone as typed: any order, accents and phone formats do not matter."""
        words = typed_words(typed)
        if not words:
            return self.none()
        if all(len(word) < SELECTIVE for word in words):
            begun = (Q(search_text__startswith=word) | Q(search_text__contains=f" {word}") for word in words)
            return self.filter(reduce(and_, begun))
        query = SearchQuery(prefix_query(words), config="simple", search_type="raw")
        # Where the database begins with the few that an agent sees, looking for the letters is enough to leave most
        # of them out; taking each text apart into words costs twenty times as much.
        letters = reduce(and_, (Q(search_text__contains=word) for word in words))
        return self.alias(document=SearchVector("search_text", config="simple")).filter(letters, document=query)

    def first_found(self, typed, *, most):
        """No more than `most` of those whom `typed` finds, by name: any of them when there are more.

        So a letter that half of a territory has in its name costs no more than a whole name: the database stops at
        the first ones it meets, and sorts only these.
        """
        found = self.search(typed).order_by().values("pk")[:most]
        return Citizen.objects.filter(pk__in=found).order_by("last_name", "first_name", "pk")


class Citizen(MailStanding, TerritoryModel):
    first_name = models.CharField("prénom", max_length=80)
    last_name = models.CharField("nom", max_length=80)
    birth_name = models.CharField("nom de naissance", max_length=80, blank=True)
    birth_date = models.DateField("date de naissance", null=True, blank=True)
    email = models.EmailField("e-mail", blank=True)
    phone = PhoneNumberField("téléphone", blank=True)
    # Contacts that a visitor typed and never proved to read: they may be anybody's (see `recognised_by`).
    only_typed = ArrayField(models.CharField(max_length=254), default=list, editable=False)
    address = models.CharField("adresse", max_length=250, blank=True)
    notify_by_email = models.BooleanField("accepte les e-mails", default=True)
    notify_by_sms = models.BooleanField("accepte les SMS", default=True)
    notes = models.TextField("notes pour les agents", blank=True)
    responsible = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="relatives",
        verbose_name="responsable",
        help_text="Reçoit les messages à la place de ce proche.",
    )
    referents = models.ManyToManyField(
        "organizations.Agent", verbose_name="agents référents", related_name="followed_citizens", blank=True
    )
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    # Kept after a merge, so that the addresses and contacts that people know lead to the record that stayed.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="absorbed",
        verbose_name="fusionnée dans",
    )
    # How the names sound, with the last name and with the birth name; kept by `save`, compared to find duplicates.
    name_key = models.TextField(editable=False, default="")
    birth_name_key = models.TextField(editable=False, default="")
    # Names, e-mail and phone without accents or case, kept by `save`; read through a GIN index.
    search_text = models.TextField(editable=False, default="")

    objects = CitizenQuerySet.as_manager()

    class Meta:
        verbose_name = "usager"
        ordering = ["last_name", "first_name", "pk"]
        indexes = [
            GinIndex(SearchVector("search_text", config="simple"), name="citizen_search"),
            models.Index(fields=["territory", "email"], name="citizen_by_email", condition=~Q(email="")),
            models.Index(fields=["territory", "phone"], name="citizen_by_phone", condition=~Q(phone="")),
            models.Index(fields=["territory", "last_name", "first_name"], name="citizen_by_name"),
            models.Index(
                fields=["territory", "birth_date", "name_key"],
                name="citizen_by_birth_and_name",
                condition=Q(birth_date__isnull=False),
            ),
            models.Index(
                fields=["territory", "birth_date", "birth_name_key"],
                name="citizen_by_birth_and_birthname",
                condition=Q(birth_date__isnull=False) & ~Q(birth_name_key=""),
            ),
        ]
        constraints = [
            # Referenced by the rows that must stay within one territory (see migrations).
            models.UniqueConstraint(fields=["id", "territory"], name="citizen_with_its_territory"),
            models.CheckConstraint(
                name="citizen_not_their_own_responsible",
                condition=Q(responsible__isnull=True) | ~Q(responsible=F("pk")),
                violation_error_message="Une personne n'est pas son propre responsable.",
            ),
            models.CheckConstraint(
                name="citizen_not_merged_into_themselves",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
            ),
            models.CheckConstraint(
                name="citizen_merged_has_no_responsible",
                condition=Q(merged_into__isnull=True) | Q(responsible__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.first_name} {self.last_name.upper()}".strip()

    def save(self, *args, update_fields=None, **kwargs):
        self.email = self.email.lower()  # People type it in any case; an index compares letter by letter.
        self.search_text = search_text(
            self.first_name, self.last_name, self.birth_name, self.email, str(self.phone or "")
        )
        self.name_key = name_key(self.first_name, self.last_name)
        self.birth_name_key = name_key(self.first_name, self.birth_name) if self.birth_name else ""
        if update_fields is not None:
            update_fields = {*update_fields, "search_text", "name_key", "birth_name_key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def contact(self):
        """Who gets the messages: the citizen, or the person responsible for them."""
        return self.responsible or self

    @property
    def phone_to_call(self):
        """Their own, or that of the person responsible for them."""
        return self.phone or self.contact.phone

    @property
    def provable_contacts(self) -> list[str]:
        """Of their own: the e-mail and the phone to which a code can be sent."""
        phone = self.phone if self.phone and receives_sms(self.phone) else ""
        return [contact for contact in (self.email, str(phone)) if contact]

    @cached_property
    def sms_stopped_at(self):
        """When the phone that gets their messages said STOP, if it did. One query, none without a phone."""
        phone = self.contact.phone
        stops = SmsStop.objects.filter(territory=self.territory_id, phone=phone) if phone else SmsStop.objects.none()
        return stops.values_list("at", flat=True).first()


class CitizenAccess(TenantModel):
    """`organization` knows this citizen: through one of its service units, or as a whole (`unit` empty)."""

    citizen = models.ForeignKey(Citizen, on_delete=models.CASCADE, related_name="accesses", verbose_name="usager")
    unit = models.ForeignKey(
        "organizations.ServiceUnit",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="service",
    )

    class Meta:
        verbose_name = "accès à un usager"
        verbose_name_plural = "accès aux usagers"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "unit", "citizen"], name="citizen_access_once", nulls_distinct=False
            ),
        ]

    def __str__(self):
        return f"{self.citizen} – {self.organization}"
