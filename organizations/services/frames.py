"""Which other sites may show the portal of a territory."""

from collections.abc import Iterable

from django.db import transaction

from ..models import Territory


@transaction.atomic
def set_frame_ancestors(*, territory: Territory, origins: Iterable[str]) -> Territory:
    """Let these sites, and no other, show the portal inside their pages; `origins` as `parse_origins` gives them.

    Raises IntegrityError for what is no origin: it would be written into a header. One query.
    """
    territory.frame_ancestors = list(origins)
    territory.save(update_fields=["frame_ancestors"])
    return territory
