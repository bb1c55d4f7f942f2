"""What the address of a step says was chosen, looked up among what the territory offers."""

from datetime import datetime
from functools import cached_property

from django.utils.text import slugify

from organizations.citizen_search import normalize
from organizations.models import Location, Motif, Organization, PublicAddress, Territory
from scheduling.selectors.registrations import OpenWorkshop, open_workshops
from scheduling.selectors.slots import Demand

from .cards import OTHER, MotifCard, Option, Service, motif_card
from .identities import Identity
from .selectors.motifs import Audience, bookable_motifs, portal_offers, units_by_id
from .selectors.places import Place, place_at, places_of
from .steps import FOR_SOMEBODY_ELSE, KINDS, PARAMETERS, Kind, Step, parse_start
from .visitor import Visitor


class Choices:
    """Of one visitor on the portal of a territory. `parameters` is a mapping of untrusted strings.

    `organization`, `location` and `address` (of an agent or desk) are what the link was given out for: nothing else is
    offered on the way, and nobody else is booked.
    `in_frame` is whether another site shows it in a page of its own (see `frames`). `identity` is who a device says
    its prescriber is; it counts for nothing unless the address says that it is for somebody else.

    Everything is read when first asked for, once: about one query for each step that has to be looked at.
    """

    def __init__(
        self,
        *,
        territory: Territory,
        organization: Organization | None,
        parameters,
        visitor: Visitor,
        now: datetime,
        location: Location | None = None,
        address: PublicAddress | None = None,
        in_frame: bool = False,
        identity: Identity | None = None,
    ):
        self.territory = territory
        self.organization = organization
        self.location = location
        self.address = address
        self.in_frame = in_frame
        self.visitor = visitor
        self.now = now
        self._parameters = parameters
        self.prescribes = self._asked("pour") == FOR_SOMEBODY_ELSE
        self.identity = identity if self.prescribes else None

    @property
    def lacks_identity(self) -> bool:
        """A prescriber says first who they are: what they may book hangs from it."""
        return self.prescribes and self.identity is None

    @property
    def is_introduced(self) -> bool:
        """A prescriber whose e-mail was proven lately is asked for no code: they book by saying for whom."""
        return self.identity is not None and self.identity.is_proven(now=self.now)

    @property
    def _audience(self):
        return Audience(self.prescribes, self.identity and self.identity.partner_type_id)

    def _asked(self, name):
        asked = self._parameters.get(name) or ""
        return "" if len(asked) > 200 or "\0" in asked else asked

    @property
    def calendar_ids(self) -> list[int] | None:
        """Who may take it, None for everybody: what is asked of every search, hold and booking."""
        return [self.address.receiver.calendar.pk] if self.address else None

    def was_asked(self, step: Step) -> bool:
        """Whether the address holds a choice of this step at all, good or not."""
        return any(self._asked(name) for name in PARAMETERS.get(step, ()))

    # --- Service ------------------------------------------------------------------------------------------------------

    @cached_property
    def _offers(self):
        return portal_offers(
            self.territory,
            self.organization,
            now=self.now,
            location=self.location,
            calendar_ids=self.calendar_ids,
            audience=self._audience,
        )

    @cached_property
    def services(self) -> list[Service]:
        units = units_by_id(self.territory, {pk for offer in self._offers for pk in offer.unit_ids})
        services = [
            Service(str(unit.pk), unit.name, len(self._cards_of(str(unit.pk))))
            for unit in sorted(units.values(), key=lambda unit: (normalize(unit.name), unit.pk))
        ]
        if without_unit := self._cards_of(OTHER):
            services.append(Service(OTHER, "", len(without_unit)))
        return services

    @cached_property
    def service(self) -> Service | None:
        by_key = {service.key: service for service in self.services}
        asked = self._asked("service")
        if asked in by_key:
            return by_key[asked]
        if len(by_key) == 1:
            return self.services[0]
        # A link to a motif: the service is one that offers it.
        offers = [offer for offer in self._offers if self._asked("motif") and self._is_chosen(offer)]
        keys = [str(pk) for offer in offers for pk in offer.unit_ids] or [OTHER] * len(offers)
        return by_key[keys[0]] if keys else None

    def _is_chosen(self, offer):
        kind = KINDS.get(self._asked("mode"))
        return offer.slug == self._asked("motif") and kind in (None, Kind.of(offer))

    # --- Motif --------------------------------------------------------------------------------------------------------

    def _cards_of(self, service_key):
        groups = {}
        for offer in self._offers:
            if service_key in (list(map(str, offer.unit_ids)) or [OTHER]):
                groups.setdefault((offer.slug, Kind.of(offer)), []).append(offer)
        return [motif_card(offers) for offers in groups.values()]

    @cached_property
    def motif_cards(self) -> list[MotifCard]:
        return self._cards_of(self.service.key) if self.service else []

    @cached_property
    def motifs(self) -> list[Motif]:
        """The rows of the chosen motif, one for each organization that offers it; empty when none is chosen."""
        slug, kind = self._asked("motif"), KINDS.get(self._asked("mode"))
        if not slug:
            if len(self.motif_cards) != 1:
                return []
            slug, kind = self.motif_cards[0].slug, Kind.of(self.motif_cards[0])
        motifs = bookable_motifs(
            self.territory,
            self.organization,
            slug=slug,
            kind=kind,
            calendar_ids=self.calendar_ids,
            audience=self._audience,
        )
        if self.location:
            motifs = [motif for motif in motifs if motif.location_kind == Motif.LocationKind.ON_SITE]
        return motifs if len(set(map(Kind.of, motifs))) == 1 else []

    @property
    def motif(self) -> Motif | None:
        """Any of them: they have their name and kind in common."""
        return self.motifs[0] if self.motifs else None

    @property
    def is_on_site(self) -> bool:
        return bool(self.motifs) and self.motif.location_kind == Motif.LocationKind.ON_SITE

    @property
    def is_collective(self) -> bool:
        """Of workshops: they have no place nor slot to choose, for each has its own."""
        return bool(self.motifs) and self.motif.is_collective

    # --- Option and persons -------------------------------------------------------------------------------------------

    @cached_property
    def options(self) -> list[Option]:
        options = {}
        for motif in [] if self.is_collective else self.motifs:
            for option in motif.options.all():
                options.setdefault(slugify(option.name), option.name)
        return [Option(key, name) for key, name in options.items()]

    @cached_property
    def option(self) -> Option | None:
        if len(self.options) == 1:
            return self.options[0]
        return next((option for option in self.options if option.key == self._asked("option")), None)

    @property
    def most_persons(self) -> int:
        return 1 if self.is_collective else max((motif.max_persons for motif in self.motifs), default=1)

    @cached_property
    def persons(self) -> int | None:
        if self.most_persons == 1:
            return 1
        asked = self._asked("personnes")
        # `isdecimal` knows other digits than ours, and `int` reads them; only the length has to be bounded.
        persons = int(asked) if asked.isdecimal() and len(asked) <= 3 else 0
        return persons if 1 <= persons <= self.most_persons else None

    @cached_property
    def all_demands(self) -> list[Demand]:
        """What is asked of each organization, once option and persons are chosen, wherever they can be had."""
        if self.is_collective:
            return []
        demands = []
        for motif in self.motifs:
            options = {slugify(option.name): option for option in motif.options.all()}
            chosen = options.get(self.option.key) if self.option else None
            if (options and chosen is None) or (self.persons or 1) > motif.max_persons:
                continue
            demands.append(Demand(motif, chosen, self.persons or 1))
        return demands

    # --- Instructions -------------------------------------------------------------------------------------------------

    @cached_property
    def instructions(self) -> list[str]:
        """What is to accept before slots show, each text once."""
        motifs = self.motifs if self.is_collective else [demand.motif for demand in self.all_demands]
        texts = (motif.instructions_before.strip() for motif in motifs)
        return list(dict.fromkeys(filter(None, texts)))

    # --- Place --------------------------------------------------------------------------------------------------------

    @cached_property
    def places(self) -> list[Place]:
        motifs = [demand.motif for demand in self.all_demands]
        if self.location and motifs:
            return [place_at(self.location, motifs)]  # Also where nothing is opened there: never another place.
        return places_of(motifs, now=self.now, calendar_ids=self.calendar_ids)

    @cached_property
    def place(self) -> Place | None:
        asked = self._asked("lieu" if self.is_on_site else "aupres")
        chosen = next((place for place in self.places if place.key == asked), None)
        return self.places[0] if chosen is None and len(self.places) == 1 else chosen

    @property
    def location_id(self) -> int | None:
        return self.place.location.pk if self.place and self.place.location else None

    @cached_property
    def demands(self) -> list[Demand]:
        """Those of the place; of one organization once a slot is held there."""
        organizations = {demand.motif.organization.slug: demand for demand in self.all_demands}
        if self._asked("aupres") in organizations:
            return [organizations[self._asked("aupres")]]
        return self.all_demands

    @property
    def zone(self):
        """Whose clocks show the slots."""
        if self.workshop:
            return self.workshop.workshop.organization.zone
        return self.place.zone if self.place else self.territory.zone

    # --- Slot ---------------------------------------------------------------------------------------------------------

    @cached_property
    def starts_at(self) -> datetime | None:
        return parse_start(self._asked("debut"))

    @property
    def demand(self) -> Demand | None:
        """What is booked, once a place and a slot are chosen."""
        return self.demands[0] if len(self.demands) == 1 else None

    # --- Workshop -----------------------------------------------------------------------------------------------------

    @cached_property
    def workshops(self) -> list[OpenWorkshop]:
        """Those of the chosen motif, in order of time; of one place, those held there. No query for other motifs."""
        if not self.is_collective:
            return []
        workshops = open_workshops(self.motifs, now=self.now, calendar_ids=self.calendar_ids)
        return [each for each in workshops if not self.location or each.workshop.location_id == self.location.pk]

    @cached_property
    def workshop(self) -> OpenWorkshop | None:
        asked = self._asked("atelier") if self.is_collective else ""
        return next((each for each in self.workshops if str(each.workshop.pk) == asked), None) if asked else None

    @property
    def is_ready_to_wait(self) -> bool:
        """For a seat, when all are taken: said and agreed to before."""
        return self._asked("attente") == "1"

    @property
    def booked_motif(self) -> Motif | None:
        """The row of the motif that is booked, once that is known."""
        if self.workshop:
            return self.workshop.workshop.motif
        return self.demand and self.demand.motif
