"""What is asked for when a motif as a whole is looked at, without anybody having chosen an option."""

from django.db.models import Prefetch

from organizations.models import Motif, MotifOption
from scheduling.selectors.slots import Demand


def options_in_use() -> Prefetch:
    """For `prefetch_related`: the options of a motif that can be chosen."""
    return Prefetch("options", MotifOption.objects.filter(archived_at=None).order_by("position", "pk"))


def soonest_demand(motif: Motif) -> Demand:
    """With the option that fits first: all begin on the same grid, so the shortest has every start of the others.

    No query with `options_in_use`.
    """
    options = list(motif.options.all())
    shortest = min(options, key=lambda option: option.duration or motif.duration, default=None)
    return Demand(motif, shortest)
