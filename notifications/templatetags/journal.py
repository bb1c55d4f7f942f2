"""What pages say of messages that were sent to somebody else."""

from django import template

from scheduling.participation_links import without_tokens

register = template.Library()


@register.filter
def text_as_sent(message):
    """Its text, but for the personal link in it: who uses that is taken for the citizen. None of a code."""
    return "" if message.kind == message.Kind.CODE else without_tokens(message.body)


@register.filter
def subject_as_sent(message):
    """An administrator may have put the link into it, too."""
    return "" if message.kind == message.Kind.CODE else without_tokens(message.subject)
