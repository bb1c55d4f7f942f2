"""Telephone numbers that nobody has: regulators keep these ranges for fiction.

Not the French 06 39 98 xx xx: the library that checks numbers does not know it, and a form would refuse what the
demonstration had filled in. So French people have a fixed line, which gets no SMS, and some a mobile from elsewhere.
"""


def office(number: int) -> str:
    """03 53 01 xx xx."""
    return f"+333530100{number:02}"


def fixed_line(number: int) -> str:
    """01 99 00 xx xx."""
    return f"+3319900{number:04}"


def german_mobile(number: int) -> str:
    """0171 39200xx, of the list of the Bundesnetzagentur for media productions."""
    return f"+4917139200{number:02}"


def swedish_mobile(number: int) -> str:
    """070-174 06 05 to 99, of the list of Post- och telestyrelsen."""
    return f"+467017406{number + 5:02}"
