"""Every write on the views of the agenda that agents have named. Each is one agent's own."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from ..exceptions import AgendaViewRefused
from ..models import AgendaView

# More than anybody finds their way in.
MOST = 40


@transaction.atomic
def save_agenda_view(*, organization, agent, name: str, calendar_ids: Iterable[int], **fields) -> AgendaView:
    """Raises AgendaViewRefused for a name that the agent has given already, and past the most that one keeps."""
    if AgendaView.objects.for_organization(organization).filter(agent=agent).count() >= MOST:
        raise AgendaViewRefused(f"Vous avez déjà {MOST} vues. Supprimez-en une.")
    view = _named_once(lambda: AgendaView.objects.create(organization=organization, agent=agent, name=name, **fields))
    view.calendars.set(calendar_ids)
    return view


@transaction.atomic
def rename_agenda_view(*, view: AgendaView, name: str) -> AgendaView:
    """Raises AgendaViewRefused for a name that another view of the agent has."""
    view.name = name
    _named_once(lambda: view.save(update_fields=["name"]))
    return view


@transaction.atomic
def delete_agenda_view(*, view: AgendaView) -> None:
    view.delete()


def _named_once(write):
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise AgendaViewRefused from error
        raise
