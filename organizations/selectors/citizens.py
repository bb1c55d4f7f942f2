"""Finding citizens as an agent types."""

from ..models import Citizen


def find_citizens(*, membership, typed, most) -> list[Citizen]:
    """Whom the member sees and what was typed finds, by name; any `most` of them when there are more. One query."""
    return list(Citizen.objects.visible_to(membership).first_found(typed, most=most).select_related("responsible"))
