"""The journal of messages: what is asked for, how many there are of each state, and a page of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.core.paginator import Page
from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from organizations.citizen_search import typed_words
from organizations.models import Citizen
from scheduling.engine.wall_clock import MIDNIGHT, ONE_DAY, to_instant
from scheduling.models import Participation
from scheduling.selectors.appointment_list import CountedPaginator

from ..models import Message
from ..models.messages import RECIPIENT_WORDS, TAKEN

PER_PAGE = 50
# Of people, and of messages by their address.
MOST_FOUND = 5000

# No row has it.
NO_ORGANIZATION = 0

State = Message.State

# Those that somebody has to look at come first.
STATES = {
    State.FAILED.value: "Échecs",
    State.QUEUED.value: "À envoyer",
    State.SENT.value: "Envoyés",
    State.DELIVERED.value: "Remis",
    State.DROPPED.value: "Sans objet",
}


@dataclass(frozen=True)
class JournalFilter:
    """`first_day` and `last_day` are local days of when a message was written, both included.

    The id is not checked: it only narrows what the reader may see. NO_ORGANIZATION asks for what belongs to none.
    """

    first_day: date | None = None
    last_day: date | None = None
    kind: str = ""
    channel: str = ""
    state: str = ""
    organization: int | None = None
    words: str = ""

    @property
    def is_narrowed(self):
        """By more than the days."""
        return bool(self.kind or self.channel or self.state or self.words) or self.organization is not None


@dataclass(frozen=True)
class Totals:
    """`by_state` holds every one of STATES. `cost` is None where no price was known."""

    by_state: dict[str, int]
    segments: int
    cost: Decimal | None

    @property
    def number(self):
        return sum(self.by_state.values())


@dataclass(frozen=True)
class Asked:
    """`messages` of every state. `is_too_much`: what was typed finds more than the latest MOST_FOUND, and only these
    are among them.
    """

    messages: QuerySet
    is_too_much: bool = False


def participations_for(membership) -> QuerySet:
    """Those that this member may see: of all RDVs without looking these up, for who sees every one. No query."""
    if membership.sees_every_unit:
        return Participation.objects.for_organization(membership.organization)
    return Participation.objects.visible_to(membership)


def participations_of(territory) -> QuerySet:
    """No query."""
    return Participation.objects.filter(territory=territory)


def asked_messages(
    messages: QuerySet, asked: JournalFilter, *, participations: QuerySet, territory, zone: ZoneInfo
) -> Asked:
    """Those of `messages`, which the reader may see, that the filter lets through. No query; two to search.

    `participations` are those that the reader may see: of nobody else is it told that there are too many.
    """
    if asked.first_day:
        messages = messages.filter(created_at__gte=to_instant(asked.first_day, MIDNIGHT, zone))
    if asked.last_day:
        messages = messages.filter(created_at__lt=to_instant(asked.last_day + ONE_DAY, MIDNIGHT, zone))
    if asked.kind:
        messages = messages.filter(kind=asked.kind)
    if asked.channel:
        messages = messages.filter(channel=asked.channel)
    if asked.organization is not None:
        messages = messages.filter(organization=asked.organization or None)
    return _found(messages, asked.words, participations, territory) if asked.words else Asked(messages)


def _found(messages, typed, participations, territory):
    """About a citizen whom it finds or for whom they answer, or to an address or number that holds what was typed.

    By ids, read before: few of them lead the database to their rows, and many are looked up while it reads the index
    of the tenant from end to end, where a subquery would be run again for each row or make it read the whole table.
    """
    people = _ids(_about(typed, participations, territory))
    addressed = _ids(_sent_to(typed, messages))
    found = messages.filter(Q(participation__in=people[:MOST_FOUND]) | Q(pk__in=addressed[:MOST_FOUND]))
    return Asked(found, is_too_much=max(len(people), len(addressed)) > MOST_FOUND)


def _ids(rows):
    """Of the latest, one more than is used."""
    return list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST_FOUND + 1])


def _about(typed, participations, territory):
    """Those of those whom it finds, and of their relatives."""
    found = Citizen.objects.for_territory(territory).search(typed).order_by().values("pk")
    answered_for = Citizen.objects.filter(responsible__in=found).order_by().values("pk")
    return participations.filter(citizen__in=found.union(answered_for))


def _sent_to(typed, messages):
    words = typed_words(typed)
    if not words:
        return messages.none()
    query = SearchQuery(" & ".join(map(_begun, words)), config="simple", search_type="raw")
    return messages.alias(recipient_words=RECIPIENT_WORDS).filter(recipient_words=query)


def _begun(word):
    """The beginning of a word, as a tsquery; a number dialled from inside the country is stored from outside."""
    if word.isdigit() and word.startswith("0"):
        code = phonenumbers.country_code_for_region(settings.PHONENUMBER_DEFAULT_REGION)
        return f"('{word}':* | '{code}{word[1:]}':*)"
    return f"'{word}':*"


def totals_of(messages: QuerySet) -> Totals:
    """One query, which reads an index alone where nobody is searched for."""
    rows = (
        messages.order_by()
        .values("status")
        .annotate(
            number=Count("*"),
            delivered=Count("delivered_at"),
            taken=Sum("segments", filter=TAKEN),
            paid=Sum("cost", filter=TAKEN),
        )
    )
    by_state, segments, cost = dict.fromkeys(STATES, 0), 0, None
    for row in rows:
        for state, number in _states_of(row["status"], row["number"], row["delivered"]):
            by_state[state] += number
        segments += row["taken"] or 0
        cost = row["paid"] if cost is None else cost + (row["paid"] or 0)
    return Totals(by_state, segments, cost)


def _states_of(status, number, delivered):
    if status == Message.Status.SENT:
        return [(State.SENT, number - delivered), (State.DELIVERED, delivered)]
    return [(State.QUEUED if status == Message.Status.SENDING else State(status), number)]


def page_of(messages: QuerySet, number, *, count: int) -> Page:
    """That page of them, the newest first, with what a row shows. Three queries: the ids come from the index alone."""
    ids = messages.order_by("-created_at", "-pk").values_list("pk", flat=True)
    page = CountedPaginator(ids, PER_PAGE, count=count).get_page(number)
    wanted = list(page.object_list)
    rows = {row.pk: row for row in _for_journal(wanted)}
    page.object_list = [rows[pk] for pk in wanted if pk in rows]
    return page


def _for_journal(ids):
    people = Participation.objects.with_sms_stops().select_related("citizen__responsible")
    related = ("organization__territory", "appointment__motif", "agent", "resent_by")
    rows = Message.objects.filter(pk__in=ids).select_related(*related)
    return rows.prefetch_related(Prefetch("participation", people)).defer("calendar_file").order_by("pk")
