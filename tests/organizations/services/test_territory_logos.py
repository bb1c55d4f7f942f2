"""Logos: what is kept of a picture, and what is refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from organizations.exceptions import LogoRefused
from organizations.models import TerritoryLogo
from organizations.services.territory_logos import MOST_BYTES, remove_logo, set_logo
from tests.factories import make_territory

pytestmark = pytest.mark.django_db


@pytest.fixture
def territory():
    return make_territory()


def picture(mode="RGB", size=(600, 300), kind="PNG", **how):
    written = BytesIO()
    Image.new(mode, size, **({"color": 128} if mode in {"L", "P"} else {})).save(written, format=kind, **how)
    return written.getvalue()


def png_that_claims(width, height):
    """A few bytes whose header promises so many points."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def kept(territory, uploaded):
    set_logo(territory=territory, uploaded=uploaded)
    territory.refresh_from_db()
    return Image.open(BytesIO(bytes(territory.logo.content)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_becomes_a_png_within_what_pages_show(territory, kind, mode):
    logo = kept(territory, picture(mode, (600, 300), kind))

    assert (logo.format, logo.size) == ("PNG", (320, 160))


@pytest.mark.parametrize("mode", ["CMYK", "RGBA", "P", "1", "I;16", "LA"])
def test_whatever_its_points_are_made_of(territory, mode):
    assert kept(territory, picture(mode, (100, 40), "JPEG" if mode == "CMYK" else "PNG")).size == (100, 40)


@pytest.mark.parametrize(("size", "shown"), [((2000, 100), (480, 24)), ((40, 40), (40, 40)), ((4000, 1), (480, 1))])
def test_it_keeps_its_proportions_and_is_never_enlarged(territory, size, shown):
    assert kept(territory, picture(size=size)).size == shown


def test_nothing_of_the_file_but_its_points_is_kept(territory):
    exif = Image.Exif()
    exif[0x010E] = "12 rue des Lilas"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "12 rue des Lilas")

    for uploaded in (picture(kind="JPEG", exif=exif, comment="12 rue des Lilas"), picture(pnginfo=notes, exif=exif)):
        assert b"Lilas" in uploaded
        logo = kept(territory, uploaded + b"<script>alert(1)</script>")
        assert b"Lilas" not in bytes(territory.logo.content)
        assert b"script" not in bytes(territory.logo.content)
        assert logo.info == {}


def test_a_photograph_that_was_turned_is_shown_upright(territory):
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter.

    assert kept(territory, picture(size=(100, 40), kind="JPEG", exif=exif)).size == (40, 100)


def jpeg_with_a_maker_that_is_a_number():
    """A camera's notes: turned, and of a maker who should be a text and is a fraction."""
    turned, maker = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0), struct.pack(">HHII", 0x010F, 5, 1, 38)
    notes = b"MM\0*" + struct.pack(">IH", 8, 2) + turned + maker + struct.pack(">III", 0, 1, 2)
    return picture(kind="JPEG", exif=b"Exif\0\0" + notes)


HOSTILE = {
    "nothing": b"",
    "text": b"bonjour",
    "SVG under the name of a PNG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "GIF": picture(kind="GIF", mode="P"),
    "TIFF": picture(kind="TIFF"),
    "BMP": picture(kind="BMP"),
    "a PNG cut in two": picture()[: len(picture()) // 2],
    "a PNG cut within its header": picture()[:20],
    "a JPEG cut in two": picture(kind="JPEG")[:400],
    "a WebP cut in two": picture(kind="WEBP")[:30],
    "a PNG whose points are missing": png_that_claims(10, 10),
    "a PNG that is spoilt inside": picture()[:60] + b"\xff" * 20 + picture()[80:],
    "no points at all": png_that_claims(0, 0),
    "a JPEG whose notes are wrong": jpeg_with_a_maker_that_is_a_number(),
}


@pytest.mark.parametrize("uploaded", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_picture_is_refused_and_changes_nothing(territory, uploaded):
    before = set_logo(territory=territory, uploaded=picture(size=(10, 10)))

    with pytest.raises(LogoRefused, match="PNG, JPEG ou WebP"):
        set_logo(territory=territory, uploaded=uploaded)

    territory.refresh_from_db()
    assert territory.logo == before


@pytest.mark.parametrize("size", [(20_000, 20_000), (5_000, 4_000), (100_000, 161), (2**31 - 1, 2**31 - 1)])
def test_what_would_unfold_to_too_many_points_is_refused_unread(territory, size):
    with pytest.raises(LogoRefused, match="trop grande"):
        set_logo(territory=territory, uploaded=png_that_claims(*size))


def test_what_weighs_too_much_is_refused_unread(territory):
    with pytest.raises(LogoRefused, match=r"plus de 1.Mo"):
        set_logo(territory=territory, uploaded=picture() + b"\x00" * MOST_BYTES)


def test_a_new_one_takes_the_place_of_the_one_before(territory):
    kept(territory, picture(size=(10, 10)))
    first = territory.logo_id

    kept(territory, picture(size=(20, 10)))

    assert territory.logo_id != first
    assert TerritoryLogo.objects.count() == 1


def test_the_same_one_again_changes_nothing(territory):
    kept(territory, picture())
    first = territory.logo_url
    kept(territory, picture())

    assert territory.logo_url == first
    assert TerritoryLogo.objects.count() == 1


def test_it_can_be_removed_twice(territory):
    kept(territory, picture())

    remove_logo(territory=territory)
    remove_logo(territory=territory)

    territory.refresh_from_db()
    assert territory.logo_url == ""
    assert not TerritoryLogo.objects.exists()


def test_two_territories_with_one_picture_keep_one_each(territory):
    sister = make_territory()
    kept(territory, picture())
    kept(sister, picture())

    remove_logo(territory=sister)

    territory.refresh_from_db()
    assert TerritoryLogo.objects.get() == territory.logo
