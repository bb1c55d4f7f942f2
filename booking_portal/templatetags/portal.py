"""What the portal's templates need beyond variables."""

from django import template

from ..journey import format_start

register = template.Library()

register.filter("start_value", format_start)
