"""On which line the elements of a JSON file begin, which Python's own reader does not tell."""

import json
import re

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")


def load_json(text: str):
    """As `json.loads`, without the numbers that no other reader knows. Raises ValueError or RecursionError."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(name):
    raise ValueError(f"{name} is no JSON")


def element_lines(text: str) -> dict[str, list[int]]:
    """Lines by key of each list of the outermost object; of an outermost list, under the key "". `text` is valid."""
    start = _skip(text, 0)
    if text[start] == "[":
        return {"": _lines(text, start)[0]}
    found, place = {}, _skip(text, start + 1)
    while text[place] != "}":
        key, place = _DECODER.raw_decode(text, place)
        place = _skip(text, _skip(text, place) + 1)
        if text[place] == "[":
            found[key], place = _lines(text, place)
        else:
            _, place = _DECODER.raw_decode(text, place)
        place = _past_comma(text, place)
    return found


def _lines(text, start):
    """Lines of the elements of the list that begins there, and where it ends."""
    lines, line, counted = [], text.count("\n", 0, start) + 1, start
    place = _skip(text, start + 1)
    while text[place] != "]":
        line, counted = line + text.count("\n", counted, place), place
        lines.append(line)
        _, end = _DECODER.raw_decode(text, place)
        place = _past_comma(text, end)
    return lines, place + 1


def _past_comma(text, place):
    place = _skip(text, place)
    return _skip(text, place + 1) if text[place] == "," else place


def _skip(text, place):
    return _BLANK.match(text, place).end()
