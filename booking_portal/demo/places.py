"""The territory, its organizations, services and places."""

from datetime import timedelta
from decimal import Decimal

from organizations.models import Location, Organization, PartnerType, Prescriber, ServiceUnit, Territory

from .phones import office
from .world import add

TERRITORY_SLUG = "arrageois"

UNITS = {
    "pmi": "PMI",
    "social": "Service social",
    "insertion": "Insertion",
    "civil": "État civil",
    "numerique": "Inclusion numérique",
}
PARTNER_TYPES = {"ccas": "CCAS", "mission": "Mission locale", "asso": "Association de quartier"}

# Who books for others, each of one of these.
PRESCRIBERS = [
    (
        "ccas",
        {
            "first_name": "Sylvie",
            "last_name": "Lefebvre",
            "email": "s.lefebvre@ccas-valmont.example",
            "phone": office(40),
            "structure": "CCAS de Valmont-en-Artois",
        },
    ),
    (
        "ccas",
        {
            "first_name": "Karim",
            "last_name": "Haddad",
            "email": "k.haddad@ccas-ecourval.example",
            "structure": "CCAS d'Écourval",
        },
    ),
    (
        "mission",
        {
            "first_name": "Solène",
            "last_name": "Caron",
            "email": "solene.caron@mission-locale-arrageois.example",
            "phone": office(41),
            "structure": "Mission locale de l'Arrageois",
        },
    ),
    (
        "asso",
        {
            "first_name": "Bernard",
            "last_name": "Delcourt",
            "email": "contact@les-voisins-du-moulin.example",
            "phone": office(42),
            "structure": "Les Voisins du Moulin",
        },
    ),
]

MONDAY_TO_FRIDAY, MONDAY_TO_SATURDAY = [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5]

ORGANIZATIONS = {
    "solidarites": {
        "name": "Maison des solidarités de Valmont",
        "slug": "maison-des-solidarites",
        "email": "solidarites@arrageois.example",
        "phone": office(1),
        "open_weekdays": MONDAY_TO_FRIDAY,
        "opening_hours_text": "Du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h 30.",
    },
    "mairie": {
        "name": "Mairie de Valmont-en-Artois",
        "slug": "mairie-de-valmont",
        "email": "mairie@valmont.example",
        "phone": office(2),
        "open_weekdays": MONDAY_TO_SATURDAY,
        "opening_hours_text": "Du lundi au vendredi, de 8 h 30 à 17 h 30 ; le samedi, de 9 h à 12 h.",
    },
    "numerique": {
        "name": "Réseau d'aide numérique",
        "slug": "aide-numerique",
        "email": "numerique@arrageois.example",
        "phone": office(3),
        "open_weekdays": MONDAY_TO_SATURDAY,
        "opening_hours_text": "Dans chaque lieu, aux heures de permanence des conseillers.",
    },
}

LOCATIONS = {
    "siege": {
        "organization": "solidarites",
        "name": "Maison des solidarités",
        "street": "14 rue des Tisserands",
        "postal_code": "62995",
        "city": "Valmont-en-Artois",
        "latitude": 50.2931,
        "longitude": 2.7702,
        "phone": office(11),
        "access_notes": "Bus 4, arrêt Tisserands. Rampe à gauche de l'entrée, ascenseur.",
    },
    "antenne": {
        "organization": "solidarites",
        "name": "Antenne d'Écourval",
        "street": "3 place de l'Église",
        "postal_code": "62996",
        "city": "Écourval",
        "latitude": 50.2417,
        "longitude": 2.9033,
        "phone": office(12),
        "access_notes": "À l'étage de l'ancienne école. Sonnez à « Solidarités ».",
    },
    "hotel_de_ville": {
        "organization": "mairie",
        "name": "Hôtel de ville",
        "street": "1 place du Beffroi",
        "postal_code": "62995",
        "city": "Valmont-en-Artois",
        "latitude": 50.2909,
        "longitude": 2.7776,
        "phone": office(21),
        "access_notes": "Entrée accessible par la cour, rue du Grenier-à-Sel.",
    },
    "annexe": {
        "organization": "mairie",
        "name": "Mairie annexe des Moulins",
        "street": "52 avenue des Moulins",
        "postal_code": "62995",
        "city": "Valmont-en-Artois",
        "latitude": 50.2998,
        "longitude": 2.7591,
        "phone": office(22),
        "access_notes": "Stationnement gratuit une heure devant l'annexe.",
        "shared_with": ["numerique"],
    },
    "mediatheque": {
        "organization": "numerique",
        "name": "Médiathèque des Moulins",
        "street": "8 rue du Canal",
        "postal_code": "62995",
        "city": "Valmont-en-Artois",
        "latitude": 50.3011,
        "longitude": 2.7633,
        "access_notes": "Espace numérique, au rez-de-chaussée.",
    },
    "relais": {
        "organization": "numerique",
        "name": "Le Relais d'Écourval",
        "street": "21 rue de la Sucrerie",
        "postal_code": "62996",
        "city": "Écourval",
        "latitude": 50.2402,
        "longitude": 2.9071,
    },
    "beauquesnoy": {
        "organization": "numerique",
        "name": "Espace services de Beauquesnoy",
        "street": "2 rue de la Gare",
        "postal_code": "62997",
        "city": "Beauquesnoy",
        "latitude": 50.3514,
        "longitude": 2.6128,
        "access_notes": "Accessible aux personnes en fauteuil. Un ordinateur est prêté sur place.",
    },
}


def make_territory() -> Territory:
    return add(
        Territory(
            name="Territoire de l'Arrageois",
            slug=TERRITORY_SLUG,
            accent_color="#1f5f5b",
            support_email="aide@arrageois.example",
            support_phone=office(0),
            sms_sender_name="Arrageois",
            sms_price=Decimal("0.0725"),
            reminder_lead_times=[timedelta(hours=24)],
        )
    )


def make_places(world) -> None:
    territory = world.territory
    world.units = {key: add(ServiceUnit(territory=territory, name=name)) for key, name in UNITS.items()}
    world.partner_types = {key: add(PartnerType(territory=territory, name=name)) for key, name in PARTNER_TYPES.items()}
    world.prescribers = [
        add(Prescriber(territory=territory, partner_type=world.partner_types[kind], **fields))
        for kind, fields in PRESCRIBERS
    ]
    world.organizations = {
        key: add(Organization(territory=territory, **fields)) for key, fields in ORGANIZATIONS.items()
    }
    for key, fields in LOCATIONS.items():
        own = {name: value for name, value in fields.items() if name not in ("organization", "shared_with")}
        location = add(Location(organization=world.organizations[fields["organization"]], **own))
        location.shared_with.set(world.organizations[name] for name in fields.get("shared_with", []))
        world.locations[key] = location
