"""Objects of the database that all tests of a module are given: what one test changes of them, the next does not see.

The rows themselves are taken back by the transaction around each test, see `rows_of_the_module`.
"""

from copy import copy

from django.db.models import Model

# By the number of the fixture that returned it: each object with its attributes, and with what is known of its rows.
_remembered = {}


def remember(made):
    """Remember the object that a fixture returned and those that it knows; returns what forgets them again."""
    if not isinstance(made, Model):
        return lambda: None
    found = {}
    _collect(made, found)
    key = object()
    _remembered[key] = found
    return lambda: _remembered.pop(key, None)


def restore():
    """Put all remembered objects back to what they were."""
    for found in _remembered.values():
        for instance, attributes, known in found.values():
            instance.__dict__.clear()
            instance.__dict__.update(_copies(attributes))
            instance._state.fields_cache = dict(known)
            instance._state.adding = False


def _collect(instance, found):
    if id(instance) in found:
        return
    known = dict(instance._state.fields_cache)
    found[id(instance)] = (instance, _copies(instance.__dict__), known)
    for related in known.values():
        if isinstance(related, Model):
            _collect(related, found)


def _copies(attributes):
    """Lists and dictionaries are copied, for a test may change them in place; all else is put in place of another."""
    return {name: copy(value) if isinstance(value, (list, dict, set)) else value for name, value in attributes.items()}
