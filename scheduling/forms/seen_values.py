"""Forms that several people may have open at once."""


class OnlyWhatChanged:
    """For a ModelForm: each field remembers what it showed, so that only what this person changed is written.

    Two administrators who change different settings of one row at once both have their way.
    """

    def remember_what_is_shown(self):
        for field in self.fields.values():
            field.show_hidden_initial = True

    @property
    def changed_fields(self) -> dict:
        """What a service takes."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}
