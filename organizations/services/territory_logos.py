"""The logo of a territory: read whatever was sent with suspicion, keep a small picture of our own making."""

import hashlib
import struct
import zlib
from io import BytesIO

from django.db import transaction
from PIL import Image, ImageOps

from ..exceptions import LogoRefused
from ..models import Territory, TerritoryLogo

NBSP = "\N{NO-BREAK SPACE}"

MOST_BYTES = 1024 * 1024
FORMATS = ("PNG", "JPEG", "WEBP")
# What a picture may unfold to: a file of a few bytes can claim any number of points.
MOST_POINTS = 16_000_000
# Twice what the pages show, for sharp screens.
KEPT_WITHIN = (480, 160)

# What the readers of Pillow raise on files that are cut, spoilt or lie about themselves.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    struct.error,
    zlib.error,
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@transaction.atomic
def set_logo(*, territory: Territory, uploaded: bytes) -> TerritoryLogo:
    """Keep the picture and forget the one before. Raises LogoRefused with what is wrong. Six queries."""
    picture = _cleaned(uploaded)
    territory = Territory.objects.select_for_update(no_key=True).get(pk=territory.pk)
    digest = hashlib.sha256(b"%d:%b" % (territory.pk, picture)).hexdigest()
    logo, _ = TerritoryLogo.objects.get_or_create(digest=digest, defaults={"territory": territory, "content": picture})
    _keep(territory, logo)
    return logo


@transaction.atomic
def remove_logo(*, territory: Territory) -> None:
    """Safe to repeat."""
    _keep(Territory.objects.select_for_update(no_key=True).get(pk=territory.pk), None)


def _keep(territory, logo):
    territory.logo = logo
    territory.save(update_fields=["logo"])
    TerritoryLogo.objects.for_territory(territory).exclude(pk=territory.logo_id).delete()


def _cleaned(uploaded: bytes) -> bytes:
    """A PNG of these points and nothing else of the file: no position, no camera, no comment, no other frames."""
    if len(uploaded) > MOST_BYTES:
        raise LogoRefused(f"Ce fichier pèse plus de 1{NBSP}Mo. Enregistrez l'image en plus petit.")
    try:
        picture = Image.open(BytesIO(uploaded), formats=FORMATS)
        if picture.width * picture.height > MOST_POINTS:
            raise _too_large(picture.size)
        picture = ImageOps.exif_transpose(picture).convert("RGBA")
    except _BOMB as error:
        raise _too_large() from error
    except _UNREADABLE as error:
        raise LogoRefused from error
    picture.thumbnail(KEPT_WITHIN, Image.Resampling.LANCZOS)
    bare = Image.new("RGBA", picture.size)
    bare.paste(picture)
    written = BytesIO()
    bare.save(written, format="PNG", optimize=True)
    return written.getvalue()


def _too_large(size=None):
    found = f" ({size[0]} × {size[1]} points)" if size else ""
    return LogoRefused(f"Cette image est trop grande{found}{NBSP}: 4{NBSP}000 × 4{NBSP}000 points au plus.")
