"""What a member may do with rows that they see, and who has a role in a territory about the rights of others.

No query.
"""

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


def can_merge_citizens(membership) -> bool:
    """Whether the member says of two records that they are of one person, or of two.

    Those who see every service: somebody who sees one service's part of a person would decide for the others, for
    good. They see both records anyway, or `visible_to` does not give them.
    """
    return membership.sees_every_unit
