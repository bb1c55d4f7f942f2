"""The origins of other sites, as an administrator types them, one per line."""

import re

from django.core.exceptions import ValidationError

MOST_ORIGINS = 20
LONGEST_ORIGIN = 255

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_LAST = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
# Sent in a header as they are: nothing else than these characters, whoever writes the column. PostgreSQL and Python
# read the pattern alike. An address in digits is none but the machine's own: browsers match no other.
ORIGIN = (
    rf"(https://({_LABEL}\.)*{_LAST}|https://\*\.({_LABEL}\.)+{_LAST}|https?://(localhost|127\.0\.0\.1))"
    r"(:[1-9][0-9]{0,4})?"
)
ORIGINS = rf"^({ORIGIN}( {ORIGIN})*)?$"


def parse_origins(text: str) -> list[str]:
    """Each once, in lower case and in the order typed. A final « / » and the port 443 of https are left out.

    Raises ValidationError with one message for each line that cannot be, which quotes it and says why.
    """
    origins, errors = [], []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            origins.append(_origin(line))
        except ValidationError as error:
            errors.append(error)
    origins = list(dict.fromkeys(origins))
    if len(origins) > MOST_ORIGINS:
        errors.append(ValidationError(f"{MOST_ORIGINS} sites au plus."))
    if errors:
        raise ValidationError(errors)
    return origins


def _origin(line):
    shown = f"«\u00a0{line[:80]}{'…' if len(line) > 80 else ''}\u00a0»"
    if len(line) > LONGEST_ORIGIN:
        raise ValidationError(f"{shown}\u00a0: cette adresse est trop longue.")
    origin = line.lower().removesuffix("/")
    scheme, separator, rest = origin.partition("://")
    if not separator:
        raise ValidationError(f"{shown}\u00a0: écrivez l'adresse entière, par exemple https://www.ville.fr.")
    if set(rest) & set("/?#"):
        raise ValidationError(f"{shown}\u00a0: seulement le début de l'adresse, sans page\u00a0: https://www.ville.fr.")
    if "*" in rest.removeprefix("*."):
        raise ValidationError(f"{shown}\u00a0: l'étoile ne remplace qu'un début, comme dans https://*.ville.fr.")
    if scheme == "https":
        origin = _punycode(origin, shown).removesuffix(":443")
    if not re.fullmatch(ORIGIN, origin) or len(origin) > LONGEST_ORIGIN or not _is_port(origin):
        if scheme == "http":
            raise ValidationError(f"{shown}\u00a0: le site doit être en https.")
        raise ValidationError(f"{shown}\u00a0: ce n'est pas l'adresse d'un site, comme https://www.ville.fr.")
    return origin


def _punycode(origin, shown):
    """Names with accents as browsers send them: https://www.xn--… ."""
    try:
        return "https://" + origin.removeprefix("https://").encode("idna").decode("ascii")
    except UnicodeError:
        raise ValidationError(f"{shown}\u00a0: ce n'est pas l'adresse d'un site, comme https://www.ville.fr.") from None


def _is_port(origin):
    port = origin.rpartition(":")[2]
    return not port.isdecimal() or int(port) < 65536
