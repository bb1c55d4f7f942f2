"""What somebody with a role in a territory may do about the rights of others. No query."""

RIGHTS = ("is_admin", "manages_access", "manages_teams", "invites_agents")


def can_change_rights_of(role, theirs) -> bool:
    """Whether the holder of `role` may change what `theirs` (the TerritoryRole of somebody, or None) gives at all.

    Only administrators touch an administrator.
    """
    return role.is_admin or (role.manages_access and not (theirs is not None and theirs.is_admin))


def can_give(role, right: str, agent) -> bool:
    """Whether the holder of `role` may give `agent` this right.

    Who only manages access names no administrator, and gives themselves nothing.
    """
    if role.is_admin:
        return True
    return role.manages_access and right != "is_admin" and agent.pk != role.agent_id


def can_take(role, right: str) -> bool:
    """Whether they may take this right from somebody whose rights they may change; from themselves, too."""
    return role.is_admin or (role.manages_access and right != "is_admin")
