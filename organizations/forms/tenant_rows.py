from django import forms


class TenantModelForm(forms.ModelForm):
    """A row of the member's organization; constraints that name fields no page shows are checked all the same."""

    checked_unseen = {"organization"}

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.instance.organization = membership.organization

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - self.checked_unseen
