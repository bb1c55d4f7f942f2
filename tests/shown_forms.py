"""What a browser would send of a form that it was shown."""

from django import forms


def as_shown(form, **typed):
    """The values of `form`, with what its fields remember having shown first; `typed` in the place of some.

    None unticks a box.
    """
    data = {}
    for field in form:
        value = field.value()
        shown = list(value) if isinstance(value, (list, tuple)) else "" if value is None else str(value)
        if field.field.show_hidden_initial:
            data[field.html_initial_name] = form.data.get(field.html_initial_name, shown)
        if not isinstance(field.field.widget, forms.CheckboxInput):
            data[field.html_name] = shown
        elif value:
            data[field.html_name] = "on"
    data |= typed
    return {name: value for name, value in data.items() if value is not None}
