"""The link in an invitation's mail: signed, of one sending of one invitation."""

from django.core import signing

from .models import Invitation

_SALT = "organizations.invitation"


def link_token(invitation: Invitation) -> str:
    return signing.dumps([invitation.pk, invitation.link_version], salt=_SALT)


def invitation_of(token: str) -> Invitation | None:
    """The invitation that the link is of, whatever became of it; None for a link that is not ours or was replaced.

    One query.
    """
    try:
        pk, version = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (
        Invitation.objects.select_related("organization__territory", "invited_by")
        .filter(pk=pk, link_version=version)
        .first()
    )
