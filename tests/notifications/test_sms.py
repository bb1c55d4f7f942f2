"""Segments of SMS: 160/153 septets of GSM-7, 70/67 units of UCS-2, as 3GPP TS 23.038 and 23.040 have it."""

import pytest

from notifications.sms import measure

SMILE, FAMILY = "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467"

# Text, encoding, length, segments, and the character that forces UCS-2.
TEXTS = [
    ("", "GSM-7", 0, 0, ""),
    ("a", "GSM-7", 1, 1, ""),
    ("RDV le lundi 2 mars à 9 h 30", "GSM-7", 28, 1, ""),
    ("é", "GSM-7", 1, 1, ""),
    ("è à ù ì ò Ç É", "GSM-7", 13, 1, ""),
    ("ê", "UCS-2", 1, 1, "ê"),
    ("Fermé le 1er août", "UCS-2", 17, 1, "û"),
    ("ç", "UCS-2", 1, 1, "ç"),
    ("À demain", "UCS-2", 8, 1, "À"),
    ("€", "GSM-7", 2, 1, ""),
    ("3 € [reçu]", "UCS-2", 10, 1, "ç"),
    ("{[~|^\\]}", "GSM-7", 16, 1, ""),
    ("a\nb\nc", "GSM-7", 5, 1, ""),
    ("a\fb", "GSM-7", 4, 1, ""),
    ("9\u00a0h", "UCS-2", 3, 1, "\u00a0"),
    ("l\u2019accueil", "UCS-2", 9, 1, "\u2019"),
    ("ж" + "a" * 69, "UCS-2", 70, 1, "ж"),
    (SMILE, "UCS-2", 2, 1, SMILE),
    (FAMILY, "UCS-2", 8, 1, "\U0001f468"),
    ("a" * 160, "GSM-7", 160, 1, ""),
    ("a" * 161, "GSM-7", 161, 2, ""),
    ("a" * 306, "GSM-7", 306, 2, ""),
    ("a" * 307, "GSM-7", 307, 3, ""),
    ("€" * 80, "GSM-7", 160, 1, ""),
    ("€" * 80 + "a", "GSM-7", 161, 2, ""),
    # A part of 153 has room for 76 of two septets: the 153rd stays empty.
    ("€" * 153, "GSM-7", 306, 3, ""),
    ("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2, ""),
    ("ê" * 71, "UCS-2", 71, 2, "ê"),
    ("ê" * 134, "UCS-2", 134, 2, "ê"),
    ("ê" * 135, "UCS-2", 135, 3, "ê"),
    (SMILE * 35, "UCS-2", 70, 1, SMILE),
    # 33 of two units in a part of 67, and not half of the next.
    (SMILE * 67, "UCS-2", 134, 3, SMILE),
]


def test_there_are_thirty_texts():
    assert len(TEXTS) >= 30


@pytest.mark.parametrize(("text", "encoding", "length", "segments", "forced_by"), TEXTS)
def test_a_text_takes_the_segments_of_the_published_rules(text, encoding, length, segments, forced_by):
    size = measure(text)

    assert (size.encoding, size.length, size.segments, size.forced_by) == (encoding, length, segments, forced_by)


@pytest.mark.parametrize(("text", "room"), [("a", 160), ("a" * 161, 306), ("ê", 70), ("ê" * 71, 134), ("", 160)])
def test_the_room_is_that_of_the_segments_it_takes(text, room):
    assert measure(text).room == room
