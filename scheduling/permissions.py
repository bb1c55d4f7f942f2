"""What a member may do with rows that they see."""


def can_manage_calendar(membership, calendar) -> bool:
    """Whether the member opens and closes hours on `calendar`, which `visible_to` let them see.

    Administrators on every one; others on their own and on the desks they see, never on a colleague's.
    """
    return membership.is_admin or calendar.desk_id is not None or calendar.agent_id == membership.agent_id
