"""How fast each provider is asked for something, over all workers."""

from django.db import models


class Pace(models.Model):
    """One row for each provider: of the installation, since its account there is one for all territories."""

    provider = models.CharField("fournisseur", max_length=20, primary_key=True)
    # The first place in time that nobody has taken yet.
    next_at = models.DateTimeField("prochaine place")
    # Until when workers go through what is due for this provider, without anybody starting more of them.
    carried_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "cadence d'un fournisseur"
        verbose_name_plural = "cadences des fournisseurs"

    def __str__(self):
        return self.provider
