"""Which held time goes to the next who waits for an earlier slot, and which to everybody."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from ..engine.intervals import Interval
from ..models import Hold, SlotOffer

# A slot that so many did not take is left to the public, and so is one that begins soon: each offer hides it for hours.
MOST_OFFERS_OF_A_SLOT = 5
LEFT_TO_THE_PUBLIC_WITHIN = timedelta(days=1)


def offered_again(hold: Hold, *, now: datetime) -> list[Interval]:
    """What is to be offered to the next once `hold` is gone: its time if it was that of an offer, and that of offers
    which expired on its calendar, because their time opens with it. One query.
    """
    same_time = SlotOffer.objects.filter(
        calendar=OuterRef("calendar"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    times_offered = same_time.order_by().values("calendar").annotate(times=Count("pk")).values("times")
    gone = (
        Hold.objects.filter(Q(pk=hold.pk) | Q(calendar=hold.calendar_id, expires_at__lte=now))
        .filter(Exists(SlotOffer.objects.filter(hold_key=OuterRef("visitor_key"))))
        .filter(starts_at__gt=now + LEFT_TO_THE_PUBLIC_WITHIN)
        .alias(times_offered=Subquery(times_offered))
        .filter(times_offered__lt=MOST_OFFERS_OF_A_SLOT)
        .select_related("motif")
    )
    return [Interval(each.starts_at, each.ends_at + each.motif.pause) for each in gone.order_by("pk")]
