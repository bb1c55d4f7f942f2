"""Addresses of organizations: unique in the installation, and never changed, for links to them are printed."""

from django.utils.text import slugify

from ..models import Organization

LONGEST_STEM = 55


def free_slug(wanted: str) -> str:
    """« Mairie d'Arras » → `mairie-darras`, with a number behind where that is taken. One query."""
    stem = slugify(wanted.replace("'", " ").replace("’", " "))[:LONGEST_STEM].strip("-_") or "organisation"
    taken = set(Organization.objects.filter(slug__startswith=stem).order_by().values_list("slug", flat=True))
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug


def is_taken(slug: str) -> bool:
    return Organization.objects.filter(slug=slug).exists()
