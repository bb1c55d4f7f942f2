"""The five kinds of table that can be imported, column by column, as the pages and the template files show them."""

from ..engine.typography import NBSP
from .columns import Column, TableKind

_IDENTIFIER = Column(
    "external_id",
    "Identifiant",
    "Celui de votre logiciel. Il retrouve la ligne même quand le nom change.",
    "",
    ("id", "identifiant externe", "code", "ref", "référence"),
    longest=80,
)
_ORGANIZATION = Column(
    "organization",
    "Organisation",
    "Nom de l'organisation. Peut manquer si le territoire n'en a qu'une.",
    "",
    ("structure", "établissement", "organisme"),
)

_PHONES = ("tel", "tél", "numéro de téléphone", "portable", "mobile")

LOCATIONS = TableKind(
    "locations",
    "Lieux",
    "lieu",
    "Un lieu est retrouvé par son identifiant, sinon par son nom et son adresse.",
    (
        _IDENTIFIER,
        _ORGANIZATION,
        Column("name", "Nom", "Nom du lieu.", "Centre social Les Tilleuls", ("lieu", "nom du lieu"), is_required=True),
        Column("street", "Adresse", "Numéro et rue.", "12 rue des Tilleuls", ("rue", "voie", "adresse postale")),
        Column("postal_code", "Code postal", "", "62000", ("cp", "zip")),
        Column("city", "Commune", "", "Arras", ("ville",)),
        Column("latitude", "Latitude", "Degrés, avec une virgule ou un point.", "50,2910", ("lat",)),
        Column("longitude", "Longitude", "Va avec la latitude.", "2,7775", ("lon", "lng")),
        Column("phone", "Téléphone", "De n'importe quel pays.", "03 21 12 34 56", _PHONES),
        Column(
            "access_notes",
            "Accès",
            "Étage, bus, accessibilité…",
            "Entrée côté parc",
            ("notes d'accès", "consignes d'accès"),
            is_long=True,
        ),
        Column(
            "is_visible_on_portal",
            "Visible",
            "oui ou non, oui par défaut.",
            "oui",
            ("visible sur le portail", "portail"),
        ),
    ),
)

MOTIFS = TableKind(
    "motifs",
    "Motifs",
    "motif",
    "Un motif est retrouvé par son identifiant, sinon par son nom dans l'organisation.",
    (
        _IDENTIFIER,
        _ORGANIZATION,
        Column("name", "Nom", "Nom du motif.", "Pièces d'identité", ("motif", "nom du motif"), is_required=True),
        Column("category", "Catégorie", "", "État civil"),
        Column("description", "Détail", "Affiché sur le portail.", "", ("details",), is_long=True),
        Column("duration", "Durée", "45, 60m ou 1h30. 30 minutes par défaut.", "45", ("durée du rendez-vous",)),
        Column("pause", "Pause", "Après le rendez-vous. 5, 10m…", "5", ("pause après le rendez-vous",)),
        Column("max_persons", "Personnes", "Par rendez-vous, 1 par défaut.", "1", ("personnes par rendez-vous",)),
        Column(
            "location_kind",
            "Type de lieu",
            "sur place, téléphone, à domicile ou visio.",
            "sur place",
            ("modalité", "lieu"),
        ),
        Column("is_collective", "Collectif", "oui ou non, non par défaut.", "non", ("rendez-vous collectif",)),
        Column(
            "booking_audience",
            "Qui peut réserver",
            "agents, agents et prescripteurs, lien ou tout le monde. Agents par défaut.",
            "tout le monde",
            ("public", "audience"),
        ),
        Column("minimum_delay", "Délai minimum", "30, 2h ou 10j. 30 minutes par défaut.", "2h", ("délai min",)),
        Column(
            "maximum",
            "Délai maximum",
            "90, 6 semaines ou 2m (deux mois). 3 mois par défaut.",
            "3m",
            ("délai max", "maximum_delay"),
        ),
        Column(
            "max_upcoming", "Rendez-vous à venir", "Par usager, 5 par défaut.", "5", ("rendez-vous à venir par usager",)
        ),
        Column(
            "units",
            "Services",
            f"Services du territoire, séparés par des virgules. Vide{NBSP}: tous.",
            "",
            ("service",),
        ),
        Column("instructions_before", "Instructions à accepter", "Avant de choisir un créneau.", "", is_long=True),
        Column("instructions_after", "Instructions après la réservation", "", "", ("instructions",), is_long=True),
    ),
)

PAIRS = TableKind(
    "pairs",
    "Couples lieu–motif",
    "couple",
    "Un couple est retrouvé par son lieu et son motif. Ce qui n'est pas dans le fichier reste en place.",
    (
        _ORGANIZATION,
        Column(
            "location",
            "Lieu",
            "Identifiant ou nom d'un lieu de l'organisation.",
            "Centre social Les Tilleuls",
            ("identifiant du lieu", "lieu_id"),
            is_required=True,
        ),
        Column(
            "motif",
            "Motif",
            "Identifiant ou nom d'un motif de l'organisation.",
            "Pièces d'identité",
            ("identifiant du motif", "motif_id", "service"),
            is_required=True,
        ),
        Column(
            "desks",
            "Guichets",
            "Nombre de guichets du lieu qui servent le motif, 1 par défaut.",
            "2",
            ("nombre de guichets", "guichet"),
        ),
    ),
)

AGENTS = TableKind(
    "agents",
    "Agents",
    "agent",
    "Un agent est retrouvé par son adresse e-mail. Un nouvel agent reçoit une invitation, jamais un mot de passe.",
    (
        Column(
            "email",
            "E-mail",
            "Adresse où l'invitation arrive.",
            "camille.durand@exemple.fr",
            ("mail", "courriel", "adresse e-mail"),
            is_required=True,
        ),
        Column("first_name", "Prénom", "Pour s'y retrouver ici. Chacun écrit le sien en acceptant.", "Camille"),
        Column("last_name", "Nom", "De même.", "Durand"),
        _ORGANIZATION,
        Column("role", "Rôle", f"agent ou administrateur. Vide{NBSP}: agent, ou le rôle qu'il a.", "agent"),
        Column("is_front_desk", "Accueil", f"oui ou non. Vide{NBSP}: non, ou ce qu'il a.", "non"),
        Column(
            "units",
            "Services",
            f"Services du territoire, séparés par des virgules. Vide{NBSP}: aucun, ou ceux qu'il a.",
            "",
            ("service",),
        ),
    ),
)

CITIZENS = TableKind(
    "citizens",
    "Usagers",
    "usager",
    "Un usager est retrouvé par son nom avec sa date de naissance, son téléphone ou son e-mail. Une ligne qui ressemble"
    " à une fiche sans que ce soit sûr est refusée.",
    (
        Column("last_name", "Nom", "Nom d'usage.", "Durand", ("nom d'usage", "nom de famille"), is_required=True),
        Column("first_name", "Prénom", "", "Camille", ("prénoms",), is_required=True),
        Column("birth_name", "Nom de naissance", "", "", ("nom de jeune fille",)),
        Column("birth_date", "Date de naissance", "12/05/1980.", "12/05/1980", ("né le", "née le", "naissance")),
        Column("email", "E-mail", "", "camille.durand@exemple.fr", ("mail", "courriel", "adresse e-mail")),
        Column("phone", "Téléphone", "De n'importe quel pays.", "06 12 34 56 78", _PHONES),
        Column("address", "Adresse", "", "3 rue du Port, 62000 Arras", ("adresse postale",)),
        _ORGANIZATION,
    ),
)

TABLES = {kind.slug: kind for kind in (LOCATIONS, MOTIFS, PAIRS, AGENTS, CITIZENS)}
