"""Searching 500,000 citizens of one territory as an agent types, and finding those who have two records.

Names are as frequent as in France, near enough: each letter of « martin » is typed by somebody every day.
"""

import random
from datetime import date, timedelta
from functools import partial
from itertools import accumulate

from django.db import connection

from organizations.citizen_search import name_key, normalize, search_text
from organizations.models import (
    Agent,
    Citizen,
    CitizenAccess,
    Membership,
    Organization,
    ServiceUnit,
    Territory,
)
from organizations.selectors.citizens import find_citizens
from organizations.selectors.duplicate_pairs import duplicate_pairs
from organizations.selectors.duplicates import possible_duplicates
from organizations.templatetags.phones import readable_phone
from organizations.views.citizens import MOST_FOUND

from .measure import median_seconds, milliseconds_in_database, plan_of, query_of
from .server import connect

ROUNDS = 20

CITIZENS = 500_000
# One record in so many is of somebody who had one already.
TWICE = 200

# The most frequent first; the n-th is given about 1/(n + 12) times. `_` is a space.
LAST_NAMES = """
Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David Bertrand
Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier Blanc Guérin
Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu
Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly Rivière
Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard Roger
Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq
Guillaume Lecomte Lopez Jean Dupuy Guillot Hubert Berger Carpentier Sanchez Dupuis Moulin Louis Deschamps Huet Vasseur
Perez Boucher Fleury Royer Klein Jacquet Adam Paris Poirier Marty Aubry Guyot Carré Charles Renault Charpentier Ménard
Maillard Baron Bertin Bailly Hervé Schneider Fernandez Le_Gall Collet Léger Bouvier Julien Prévost Millet Perrot Daniel
Le_Roux Cousin Germain Breton Besson Langlois Rémy Le_Goff Pelletier Lévêque Perrier Leblanc Barré Lebrun Marchal Weber
Mallet Hamon Boulanger Jacob Monnier Michaud Rodriguez Guichard Gillet Étienne Grondin Poulain Tessier Chevallier
Collin Chauvin Da_Silva Bouchet Gay Lemaître Bénard Maréchal Humbert Reynaud Antoine Hoarau Perret Barthélemy Cordier
Pichon Lejeune Gilbert Lamy Delaunay Pasquier Carlier Laporte D'Hondt N'Diaye Diallo Traoré Benali Nguyen Haddad
"""
FIRST_NAMES = """
Marie Jean Pierre Michel Philippe André Nathalie Isabelle Alain Catherine Jacques Bernard Sylvie Daniel Françoise
Martine Nicolas Christophe Patrick Monique Stéphanie Christian Christine Frédéric Sandrine Laurent Véronique Sébastien
David
Valérie Julien Céline Thierry Olivier Claude Thomas Dominique Alexandre Éric Anne Chantal Brigitte Jacqueline Gérard
Nicole Virginie Pascal Sophie Aurélie Guillaume Corinne Denise François Élodie Kévin Jérôme Anthony Maxime Vincent Bruno
Émilie Annie Laurence Camille Caroline Marc Karine Mélanie Patricia Laura Julie Serge Jeanne Louis Benjamin Delphine
Romain Léa Audrey Hélène Cédric Suzanne Sarah Antoine Pauline Mathieu Manon Gilles Lucie Fabrice Marguerite Emma Hugo
Paul Clément Arnaud Georges Roger Lucas Charlotte Mohamed Yvette Hervé Simone Ludovic Maurice Damien Chloé Adrien Inès
Jean-Pierre Jean-Claude Marie-Claude Anne-Marie Jean-Luc Zoé Léo Martin Mathis Jade Gabriel Raphaël Arthur Louise Alice
Rachid Fatima Youssef Amina Ousmane Aïcha Wei Mei Dragan Svetlana Ngoc
"""
# Half of all people have a name that few others have.
SYLLABLES = """
ba be ca cha co da del du fa gui gra ha jo la le lan ma mou na pa per qui ra ro sa ser ta tor va vi
"""
ENDINGS = "ard in ot el eau ier et on ac ez i ic ert as oux"
RARE = 0.55


def build(count=CITIZENS) -> None:
    """« Département » knows everybody, « Mairie » a tenth of them, and a service of « Maison » a hundredth."""
    territory = Territory.objects.create(name="Territoire des usagers", slug="usagers")
    _copy(Citizen, _COLUMNS, _people(territory, random.Random(7), count))
    ids = list(Citizen.objects.for_territory(territory).order_by("pk").values_list("pk", flat=True))
    unit = ServiceUnit.objects.create(territory=territory, name="Service social")
    for name, each, by_unit in [("Département", 1, None), ("Mairie", 10, None), ("Maison", 100, unit.pk)]:
        organization = Organization.objects.create(territory=territory, name=name, slug=f"usagers-{each}")
        _copy(
            CitizenAccess,
            ["organization_id", "unit_id", "citizen_id"],
            ((organization.pk, by_unit, pk) for pk in ids[::each]),
        )
        role = Membership.Role.BASIC if by_unit else Membership.Role.ADMIN
        agent = Agent.objects.create(email=f"usagers-{each}@example.org", password="!")
        member = Membership.objects.create(organization=organization, agent=agent, role=role)
        member.units.set([unit] if by_unit else [])


def measure(report, *, database):
    department, town, house = (
        Membership.objects.select_related("organization__territory", "agent")
        .prefetch_related("units")
        .get(organization__slug=f"usagers-{each}")
        for each in (1, 10, 100)
    )
    _searches(report, database, department, town, house)
    _duplicates(report, database, department, house)


def _searches(report, database, department, town, house):
    section = report.section(
        "Searching 500 000 citizens of one territory",
        "What the database does for one letter typed: planning, execution and rows made ready to be sent; medians. "
        f"At most {MOST_FOUND} are shown, of whom the agent may see.",
    )
    phone = readable_phone(
        Citizen.objects.for_organization(town.organization).exclude(phone="").order_by("-pk").first().phone
    )
    searches = [
        ("a common name, « martin »", department, "martin", "citizens-martin"),
        ("two letters, « ma »", department, "ma", "citizens-ma"),
        ("one letter, « d »", department, "d", ""),
        ("two common names, « martin jean »", department, "martin jean", "citizens-martin-jean"),
        ("a phone begun, « 06 12 »", department, "06 12", ""),
        ("a whole phone", department, phone, ""),
        ("an e-mail begun, « marie.martin »", department, "marie.martin", ""),
        ("a name that nobody has", department, "xyzt", ""),
        ("« martin », who sees a tenth", town, "martin", "citizens-martin-of-a-tenth"),
        ("« ma », who sees a tenth", town, "ma", ""),
        ("« martin », an agent who sees a hundredth", house, "martin", "citizens-martin-of-a-hundredth"),
        ("« martin jean », an agent who sees a hundredth", house, "martin jean", ""),
    ]
    with connect(database) as session:
        for name, member, typed, plan in searches:
            query = query_of(partial(find_citizens, membership=member, typed=typed, most=MOST_FOUND + 1))
            (milliseconds,) = milliseconds_in_database(query, [session], rounds=ROUNDS)
            section.add(name, milliseconds, "ms", mark=50)
            if plan:
                report.plans[plan] = plan_of(query, session)


def _duplicates(report, database, department, house):
    section = report.section(
        "Two records of one person, among 500 000",
        f"One record in {TWICE} is of somebody who has another. Of the page of pairs, the one query that finds them.",
    )
    person = {"first_name": "Jean", "last_name": "Martin", "birth_date": date(1980, 5, 12), "phone": "+33612345678"}
    seconds = median_seconds(partial(possible_duplicates, membership=department, **person), rounds=ROUNDS)
    section.add("warned of at creation: « Jean Martin », five queries, whole call in Python", seconds * 1000, "ms")
    for name, member in [("who sees everybody", department), ("an agent who sees a hundredth", house)]:
        seconds = median_seconds(partial(duplicate_pairs, membership=member), rounds=3)
        section.add(f"the pairs of the whole territory, {name}", seconds * 1000, "ms", mark=1000)


_COLUMNS = (
    *("territory_id", "first_name", "last_name", "birth_name", "birth_date", "email", "phone", "address"),
    *("notify_by_email", "notify_by_sms", "notes", "responsible_id", "created_at", "merged_into_id"),
    *("name_key", "birth_name_key", "search_text"),
)


def _copy(model, columns, rows):
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _people(territory, chance, count):
    last_names, first_names = _Drawn(chance, LAST_NAMES, RARE), _Drawn(chance, FIRST_NAMES, 0)
    people = []
    for n in range(count):
        if people and n % TWICE == 0:
            first, last, birth_name, born, email, phone = chance.choice(people[-1000:])
            email, phone = chance.choice([(email, ""), ("", phone), ("", "")])
            first, last = chance.choice([(first.upper(), last), (last, first), (first, last.replace("t", "th", 1))])
        else:
            first, last = first_names.one(), last_names.one()
            birth_name = last_names.one() if chance.random() < 0.15 else ""
            born = date(1930, 1, 1) + timedelta(days=chance.randrange(34_000)) if chance.random() < 0.8 else None
            email = f"{_letters(first)}.{_letters(last)}{n}@exemple.fr" if chance.random() < 0.6 else ""
            phone = f"+33{chance.choice('6677123459')}{chance.randrange(10**8):08}" if chance.random() < 0.85 else ""
            people.append((first, last, birth_name, born, email, phone))
            del people[:-1000]
        yield _row(territory, first, last, birth_name, born, email, phone)


class _Drawn:
    """Names by their frequency, and as often as `rare` says one that is made up."""

    def __init__(self, chance, names, rare):
        self.chance, self.rare = chance, rare
        self.names = [name.replace("_", " ") for name in names.split()]
        self.syllables, self.endings = SYLLABLES.split(), ENDINGS.split()
        self.weights = list(accumulate(1 / (n + 12) for n in range(len(self.names))))

    def one(self):
        if self.chance.random() < self.rare:
            return "".join([*self.chance.choices(self.syllables, k=2), self.chance.choice(self.endings)]).capitalize()
        return self.chance.choices(self.names, cum_weights=self.weights)[0]


def _letters(name):
    return normalize(name).replace(" ", "")


_keys, _texts = {}, {}


def _row(territory, first, last, birth_name, born, email, phone):
    key = _remembered(_keys, name_key, first, last)
    birth_key = _remembered(_keys, name_key, first, birth_name) if birth_name else ""
    # What `search_text` makes of them, without parsing each number.
    words = [_remembered(_texts, search_text, first, last, birth_name), normalize(email)]
    words += [phone[1:], f"0{phone[3:]}"] if phone else []
    text = " ".join(filter(None, words))
    return (
        *(territory.pk, first, last, birth_name, born, email, phone, "", True, True, "", None),
        *("2026-01-01T00:00:00Z", None, key, birth_key, text),
    )


def _remembered(memory, function, *names):
    if names not in memory:
        memory[names] = function(*names)
    return memory[names]
