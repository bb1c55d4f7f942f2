"""What one act changed on many motifs, so that it can be taken back."""

from django.db import models
from django.db.models import Q

from organizations.tenancy import TerritoryModel, TerritoryQuerySet

from ..motif_fields import BULK_FIELDS


class MotifBulkEditQuerySet(TerritoryQuerySet):
    def undoable_by(self, agent):
        """Of one territory's: the last of all and the agent's own last, where they have not been undone; newest first.

        Their own too, so that somebody who edits at the same time takes nobody's undo away. One query.
        """
        last = self.order_by("-pk").values("pk")[:1]
        own_last = self.filter(made_by=agent).order_by("-pk").values("pk")[:1]
        return (
            self.filter(Q(pk__in=last) | Q(pk__in=own_last), undone_at=None)
            .select_related("made_by", "territory")
            .order_by("-pk")
        )


class MotifBulkEdit(TerritoryModel):
    """`changes` has a row per changed motif: `motif` (its id), `before` and `after` as `motif_fields` keeps them.

    Once undone, a row left alone says why in `left_alone`.
    """

    made_by = models.ForeignKey(
        "organizations.Agent", on_delete=models.PROTECT, related_name="+", verbose_name="modifié par"
    )
    made_at = models.DateTimeField("modifié le")
    field = models.CharField("champ", max_length=40)
    changes = models.JSONField("changements")
    undone_at = models.DateTimeField("annulé le", null=True, blank=True)
    undone_by = models.ForeignKey(
        "organizations.Agent",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="annulé par",
    )

    objects = MotifBulkEditQuerySet.as_manager()

    class Meta:
        verbose_name = "modification de plusieurs motifs"
        verbose_name_plural = "modifications de plusieurs motifs"
        constraints = [
            models.CheckConstraint(name="motif_bulk_edit_changes_something", condition=~Q(changes=[])),
            models.CheckConstraint(
                name="motif_bulk_edit_undone_by_somebody_at_a_time",
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["territory", "-id"], name="motif_bulk_edit_last")]

    def __str__(self):
        return f"{self.field} – {self.made_at:%d/%m/%Y %H:%M}"

    @property
    def motif_field(self):
        return BULK_FIELDS[self.field]

    @property
    def motif_ids(self):
        return [change["motif"] for change in self.changes]
