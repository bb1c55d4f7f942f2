"""What a member may do with rows that they see."""

from .models import Calendar


def can_manage_calendar(membership, calendar) -> bool:
    """Whether the member opens and closes hours on `calendar`, which `visible_to` let them see.

    Administrators on every one; others on their own and on the desks of their services or of none, never on a
    colleague's. No query but for the front desk, which sees desks that are not its own: one, for all of them.
    """
    if membership.is_admin or calendar.agent_id == membership.agent_id:
        return True
    if calendar.desk_id is None:
        return False
    return not membership.is_front_desk or calendar.desk_id in membership.desks_with_their_hours


def can_edit_desk(membership, desk) -> bool:
    """Whether the member changes and archives `desk`, which `visible_to` let them see: its services' agents, and
    administrators. No query when the services of both are loaded.
    """
    return membership.is_admin or bool({unit.pk for unit in desk.units.all()} & set(membership.unit_ids))


def can_move_by_hand(membership, appointment) -> bool:
    """Whether the member takes the RDV, which they see, to another time without asking for a slot: they see all the
    calendars that it stands on. Of another calendar they do not know what it would push aside. One query.
    """
    occupied = {calendar.pk for calendar in appointment.calendars.all()}
    return Calendar.objects.visible_to(membership).filter(pk__in=occupied).count() == len(occupied)
