"""Sixty-odd citizens: accents, homonyms, children whose messages go to a parent, people without e-mail or telephone."""

from datetime import date

from organizations.services.citizens import create_citizen

from .phones import fixed_line, german_mobile, swedish_mobile

_STREETS = [
    "rue des Tisserands",
    "rue du Canal",
    "place du Beffroi",
    "rue de la Sucrerie",
    "allée des Peupliers",
    "rue du Vieux-Puits",
    "rue de la Gare",
    "chemin des Bleuets",
]
_TOWNS = ["62995 Valmont-en-Artois", "62995 Valmont-en-Artois", "62996 Écourval", "62997 Beauquesnoy"]

# First name, last name, birth date, how to reach them: e(-mail), f(ixed line), m(obile).
_GROWN_UPS = [
    ("Marie", "Lenglet", date(1984, 3, 12), "ef"),
    ("Marie", "Lenglet", date(1957, 11, 2), "f"),
    ("Éloïse", "Bécu", date(1991, 7, 25), "em"),
    ("Eloise", "Becu", date(1991, 7, 25), "e"),
    ("Jean-Pierre", "Caudron", date(1949, 1, 30), "f"),
    ("Zoé", "Duquesne", date(1998, 5, 6), "em"),
    ("François", "Flahaut", date(1972, 9, 14), "ef"),
    ("Noémie", "Gosselin", date(1995, 12, 21), "em"),
    ("André", "Herbaut", date(1944, 6, 3), ""),
    ("Fatima", "Benali", date(1980, 2, 17), "ef"),
    ("Mamadou", "Diallo", date(1989, 8, 8), "em"),
    ("Thi Lan", "Nguyễn", date(1976, 10, 10), "ef"),
    ("Tadeusz", "Kowalczyk", date(1952, 4, 27), "f"),
    ("Ayşe", "Yıldız", date(1987, 1, 19), "em"),
    ("Siobhán", "O'Connor", date(1993, 3, 17), "em"),
    ("João", "Da Silva", date(1969, 6, 24), "ef"),
    ("Bérénice", "Ledru", date(1986, 11, 11), "ef"),
    ("Loïc", "Macquart", date(2001, 2, 28), "em"),
    ("Germaine", "Parenty", date(1938, 5, 15), "f"),
    ("Anaïs", "Queste", date(1996, 9, 9), "ef"),
    ("Rémi", "Roussel", date(1978, 7, 7), "ef"),
    ("Gaëlle", "Sénéchal", date(1983, 12, 1), "ef"),
    ("Octave", "Taffin", date(1961, 8, 20), "e"),
    ("Lucien", "Vandamme", date(1955, 10, 31), "f"),
    ("Maëva", "Wacheux", date(1999, 4, 4), "em"),
    ("Édouard", "Bailleul", date(1974, 1, 6), "ef"),
    ("Solène", "Bocquet", date(1990, 6, 16), "ef"),
    ("Hervé", "Candelier", date(1966, 3, 3), "ef"),
    ("Inès", "Cuvelier", date(2003, 7, 13), "em"),
    ("Yann", "Delory", date(1985, 5, 29), "ef"),
    ("Clémence", "Evrard", date(1992, 2, 2), "ef"),
    ("Gisèle", "Fauquembergue", date(1941, 9, 23), "f"),
    ("Kévin", "Guilbert", date(1997, 11, 18), "em"),
    ("Naïma", "Haddad", date(1981, 8, 12), "ef"),
    ("Paul", "Inglard", date(1959, 12, 24), "f"),
    ("Agnès", "Jovenin", date(1970, 4, 10), "ef"),
    ("Cédric", "Kerckhove", date(1988, 10, 5), "ef"),
    ("Mélanie", "Lobry", date(1994, 1, 22), "ef"),
    ("Gérard", "Mocquet", date(1947, 3, 31), ""),
    ("Amélie", "Noyelle", date(1993, 6, 11), "ef"),
    ("Stéphane", "Outtrebon", date(1971, 9, 1), "ef"),
    ("Pauline", "Petitprez", date(2000, 5, 20), "e"),
    ("Didier", "Quéva", date(1963, 7, 19), "ef"),
    ("Aurélie", "Ringot", date(1982, 2, 14), "ef"),
    ("Joël", "Sauvage", date(1954, 11, 27), "f"),
    ("Charlène", "Tétard", date(1995, 8, 30), "ef"),
    ("Ludovic", "Urbain", date(1979, 12, 12), "ef"),
    ("Thérèse", "Vasseur", date(1936, 10, 15), "f"),
    ("Bastien", "Wallart", date(2002, 1, 9), "em"),
    ("Olena", "Shevchuk", date(1990, 3, 26), "em"),
    ("Dorothée", "Ysebaert", date(1975, 6, 30), "ef"),
    ("Marc", "Zielinski", date(1968, 4, 18), "ef"),
    ("Hélène", "d'Hautefeuille", date(1977, 9, 27), "ef"),
    ("Cœur-de-Lys", "Mbemba", date(1998, 12, 8), "e"),
    ("Brigitte", "Warembourg", date(1960, 5, 2), "f"),
]

# First name, last name, years old when the demonstration began, the responsible person's place in the list above.
_RELATIVES = [
    ("Léo", "Lenglet", 4, 0),
    ("Lola", "Bécu", 1, 2),
    ("Nino", "Gosselin", 2, 7),
    ("Aminata", "Diallo", 3, 10),
    ("Emre", "Yıldız", 0, 13),
    ("Zélie", "Queste", 1, 19),
    ("Augustin", "Bocquet", 5, 26),
    ("Sacha", "Lobry", 0, 37),
]

_ORGANIZATIONS = ["solidarites", "mairie", "numerique"]
_NOTES = {
    4: "Malentendant : parler face à lui.",
    11: "Vient avec sa fille, qui traduit.",
    18: "Se déplace en fauteuil roulant.",
}
_NO_MAIL = {20}

# Followed by these agents: the only ones that a follow-up motif is offered with.
FOLLOWED = {"samuel": range(3, 60, 9), "odile": range(6, 60, 9)}


def make_citizens(world) -> None:
    for number, (first_name, last_name, birth_date, contact) in enumerate(_GROWN_UPS):
        citizen = _create(
            world,
            number,
            first_name=first_name,
            last_name=last_name,
            birth_date=birth_date,
            email=f"usager{number + 1:02}@example.org" if "e" in contact else "",
            phone=_phone(number, contact),
            address=f"{number * 3 + 1} {_STREETS[number % len(_STREETS)]}, {_TOWNS[number % len(_TOWNS)]}",
            notes=_NOTES.get(number, ""),
            notify_by_email=number not in _NO_MAIL,
            referents=[world.agents[name] for name, numbers in FOLLOWED.items() if number in numbers],
        )
        world.citizens.append(citizen)
    for number, (first_name, last_name, years, responsible) in enumerate(_RELATIVES):
        child = _create(
            world,
            0,
            first_name=first_name,
            last_name=last_name,
            birth_date=date(world.today.year - years - 1, 2 + number, 3 + 2 * number),
            address=world.citizens[responsible].address,
            responsible=world.citizens[responsible],
        )
        world.children.append(child)


def known_to(world, organization: str) -> list:
    """The grown-ups that come to this organization; some come to several."""
    home = _ORGANIZATIONS.index(organization)
    return [citizen for number, citizen in enumerate(world.citizens) if number % 3 == home or number % 7 == 0]


def _create(world, number, **fields):
    return create_citizen(organization=world.organizations[_ORGANIZATIONS[number % 3]], **fields)


def _phone(number, contact):
    if "f" in contact:
        return fixed_line(number + 1)
    if "m" in contact:
        return german_mobile(number) if number % 2 else swedish_mobile(number)
    return ""
