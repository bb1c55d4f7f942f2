"""QR codes of public addresses."""

from io import BytesIO

import segno

# Of a poster in a hall: read from two metres, by an old telephone, with a tear in it.
_CORRECTION = "m"
_QUIET = 4  # Modules of white around it, which readers need.
_PIXELS_PER_MODULE = 12

write = segno.QRCode.save  # Into a buffer; only services save rows.


def qr_svg(address: str) -> bytes:
    """Without a size of its own, so that it fills what it is put in."""
    return _written(address, kind="svg", border=_QUIET, omitsize=True, title="QR code", xmldecl=True)


def qr_png(address: str) -> bytes:
    """Some 500 pixels wide."""
    return _written(address, kind="png", border=_QUIET, scale=_PIXELS_PER_MODULE)


def _written(address, **options):
    out = BytesIO()
    write(segno.make(address, error=_CORRECTION, micro=False), out, **options)
    return out.getvalue()
