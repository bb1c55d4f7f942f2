"""Motifs of every kind of place and every audience, and the desks that serve them."""

from datetime import timedelta

from organizations.models import Motif, MotifQuestion
from scheduling.services.desks import create_desk
from scheduling.services.motifs import archive_motif, create_motif

PHONE, HOME, VIDEO = Motif.LocationKind.PHONE, Motif.LocationKind.HOME, Motif.LocationKind.VIDEO
AGENTS, PRESCRIBERS, LINK, EVERYONE = Motif.BookingAudience

WHAT_FOR = ("Quelle démarche ?", ["Impôts", "CAF", "France Travail", "Santé", "Autre"])

# Each question is (label, choices, required): a short text where the choices are empty, a long one where there is None.
# Fields left out keep the default of the model: on site, for instance.
MOTIFS = {
    "consultation": {
        "organization": "solidarites",
        "units": ["pmi"],
        "name": "Consultation infirmière PMI",
        "category": "Petite enfance",
        "description": "Poids, alimentation, sommeil, vaccins : pour les enfants de moins de 6 ans.",
        "color": "#b5446e",
        "minutes": 30,
        "pause": 5,
        "booking_audience": EVERYONE,
        "minimum_delay": timedelta(hours=2),
        "instructions_after": "Apportez le carnet de santé et une couche de rechange.",
        "questions": [
            ("Prénom de l'enfant", [], True),
            ("Âge de l'enfant", ["Moins de 3 mois", "3 à 12 mois", "1 à 3 ans", "3 à 6 ans"], True),
        ],
    },
    "naissance": {
        "organization": "solidarites",
        "units": ["pmi"],
        "name": "Visite à domicile après la naissance",
        "category": "Petite enfance",
        "description": "Une puéricultrice vient chez vous dans les semaines qui suivent la naissance.",
        "color": "#8a3ffc",
        "minutes": 60,
        "pause": 30,
        "location_kind": HOME,
        "booking_audience": EVERYONE,
        "minimum_delay": timedelta(days=2),
        "change_deadline": timedelta(hours=24),
        "instructions_after": "Indiquez l'étage et le code de la porte si besoin.",
    },
    "assistante": {
        "organization": "solidarites",
        "units": ["social"],
        "name": "Entretien avec une assistante sociale",
        "category": "Accompagnement",
        "description": "Logement, budget, droits, difficultés familiales : un premier échange confidentiel.",
        "color": "#1d4f91",
        "minutes": 45,
        "pause": 15,
        "booking_audience": EVERYONE,
        "minimum_delay": timedelta(days=1),
        "change_deadline": timedelta(hours=24),
        "instructions_before": (
            "Ce rendez-vous s'adresse aux habitants de Valmont-en-Artois, Écourval et Beauquesnoy. "
            "En cas d'urgence, appelez le 115 (hébergement) ou le 3919 (violences)."
        ),
        "instructions_after": "Apportez vos trois derniers justificatifs de ressources et les courriers reçus.",
        "cancellation_warning": "Le prochain créneau libre peut être dans plusieurs semaines.",
        "questions": [("En quelques mots, votre situation", None, False)],
    },
    "telephone": {
        "organization": "solidarites",
        "units": ["social"],
        "name": "Point téléphonique",
        "category": "Accompagnement",
        "description": "L'assistante sociale vous appelle au numéro que vous indiquez.",
        "color": "#0f7173",
        "minutes": 20,
        "pause": 10,
        "location_kind": PHONE,
        "booking_audience": LINK,
    },
    "suivi": {
        "organization": "solidarites",
        "units": ["social"],
        "name": "Suivi social",
        "category": "Accompagnement",
        "color": "#5b6770",
        "minutes": 45,
        "pause": 15,
        "booking_audience": AGENTS,
        "is_follow_up": True,
    },
    "rsa": {
        "organization": "solidarites",
        "units": ["insertion"],
        "name": "Premier entretien RSA",
        "category": "Insertion",
        "description": "Bilan de votre situation et contrat d'engagement.",
        "color": "#a15c00",
        "minutes": 60,
        "booking_audience": PRESCRIBERS,
        "partner_types": ["ccas", "mission"],
        "reminder_lead_times": [timedelta(hours=72), timedelta(hours=6)],
        "citizen_may_cancel": False,
        "instructions_after": "La présence à ce rendez-vous est obligatoire. Apportez votre attestation CAF.",
    },
    "visio": {
        "organization": "solidarites",
        "units": ["insertion"],
        "name": "Point insertion en visio",
        "category": "Insertion",
        "description": "Un point d'étape avec votre référent, de chez vous.",
        "color": "#2a6f97",
        "minutes": 30,
        "pause": 5,
        "location_kind": VIDEO,
        "booking_audience": EVERYONE,
        "minimum_delay": timedelta(hours=4),
        "instructions_after": "Le lien s'ouvre dans un navigateur ; prévoyez un casque.",
    },
    "budget": {
        "organization": "solidarites",
        "units": ["social"],
        "name": "Atelier budget (ancienne formule)",
        "category": "Accompagnement",
        "color": "#767676",
        "minutes": 90,
        "booking_audience": AGENTS,
        "is_archived": True,
    },
    "identite": {
        "organization": "mairie",
        "units": ["civil"],
        "name": "Carte d'identité et passeport",
        "category": "Pièces d'identité",
        "description": "Dépôt du dossier, une place par personne. La présence de chaque demandeur est obligatoire.",
        "color": "#1f5f5b",
        "minutes": 15,
        "booking_audience": EVERYONE,
        "minimum_delay": timedelta(hours=1),
        "max_persons": 4,
        "options": [("Carte d'identité", 15), ("Passeport", 20), ("Carte d'identité et passeport", 30)],
        "instructions_before": (
            "Faites d'abord la pré-demande en ligne, une par personne, et notez son numéro : "
            "sans elle, le dossier ne peut pas être déposé."
        ),
        "instructions_after": (
            "Apportez le numéro de pré-demande, une photo de moins de 6 mois, un justificatif de domicile "
            "et l'ancien titre."
        ),
        "questions": [("Numéro de pré-demande", [], False)],
    },
    "remise": {
        "organization": "mairie",
        "units": ["civil"],
        "name": "Remise d'une carte ou d'un passeport",
        "category": "Pièces d'identité",
        "description": "Quand le message « titre disponible » vous est parvenu.",
        "color": "#4c7a34",
        "minutes": 10,
        "booking_audience": LINK,
        "minimum_delay": timedelta(0),
    },
    "mariage": {
        "organization": "mairie",
        "units": ["civil"],
        "name": "Dossier de mariage",
        "category": "État civil",
        "description": "Dépôt du dossier et choix de la date. Les deux futurs époux sont présents.",
        "color": "#b5446e",
        "minutes": 45,
        "pause": 15,
        "booking_audience": EVERYONE,
        "minimum_delay": timedelta(days=3),
        "change_deadline": timedelta(hours=48),
    },
    "reconnaissance": {
        "organization": "mairie",
        "units": ["civil"],
        "name": "Reconnaissance avant naissance",
        "category": "État civil",
        "description": "Par un parent seul ou par les deux, à tout moment de la grossesse.",
        "color": "#6a4c93",
        "minutes": 20,
        "pause": 10,
        "booking_audience": EVERYONE,
    },
    "renseignement": {
        "organization": "mairie",
        "units": ["civil"],
        "name": "Renseignement d'état civil par téléphone",
        "category": "État civil",
        "description": "Un agent vous rappelle à l'heure choisie.",
        "color": "#0f7173",
        "minutes": 15,
        "location_kind": PHONE,
        "booking_audience": EVERYONE,
    },
    "demarches": {
        "organization": "numerique",
        "units": ["numerique"],
        "name": "Aide aux démarches en ligne",
        "category": "Démarches",
        "description": "Un conseiller vous aide à faire votre démarche, ensemble, sur votre téléphone ou le nôtre.",
        "color": "#1d4f91",
        "minutes": 45,
        "pause": 5,
        "booking_audience": EVERYONE,
        "instructions_after": "Apportez vos identifiants et votre téléphone, pour les codes reçus par SMS.",
        "questions": [(*WHAT_FOR, True)],
    },
    "prise_en_main": {
        "organization": "numerique",
        "units": ["numerique"],
        "name": "Prise en main de mon appareil",
        "category": "Apprendre",
        "description": "Téléphone, tablette ou ordinateur : les premiers gestes, à votre rythme.",
        "color": "#4c7a34",
        "minutes": 60,
        "pause": 10,
        "booking_audience": EVERYONE,
    },
    "atelier": {
        "organization": "numerique",
        "units": ["numerique"],
        "name": "Atelier numérique",
        "category": "Apprendre",
        "description": "En petit groupe, avec un ordinateur pour chacun.",
        "color": "#7a4f00",
        "minutes": 90,
        "is_collective": True,
        "booking_audience": EVERYONE,
    },
    "depannage": {
        "organization": "numerique",
        "units": ["numerique"],
        "name": "Dépannage à distance",
        "category": "Démarches",
        "description": "En visio, avec partage d'écran.",
        "color": "#2a6f97",
        "minutes": 30,
        "location_kind": VIDEO,
        "booking_audience": EVERYONE,
        "maximum_delay": timedelta(days=45),
    },
    "domicile": {
        "organization": "numerique",
        "units": ["numerique"],
        "name": "Accompagnement à domicile",
        "category": "Apprendre",
        "description": "Pour les personnes qui se déplacent difficilement, sur demande d'un partenaire.",
        "color": "#a15c00",
        "minutes": 90,
        "pause": 30,
        "location_kind": HOME,
        "booking_audience": PRESCRIBERS,
        "partner_types": ["ccas", "asso"],
        "minimum_delay": timedelta(days=2),
        "minimum_delay_binds_agents": True,
    },
}

DESKS = {
    "guichet_1": ("hotel_de_ville", "Guichet 1", ["identite", "remise"]),
    "guichet_2": ("hotel_de_ville", "Guichet 2", ["identite", "remise"]),
    "guichet_3": ("annexe", "Guichet des Moulins", ["identite", "remise"]),
}

_NOT_FIELDS = {"organization", "units", "partner_types", "minutes", "pause", "options", "questions", "is_archived"}


def make_motifs(world) -> None:
    # Loaded once with what every booking asks of them.
    with_everything = Motif.objects.select_related("organization__territory").prefetch_related(
        "units", "options", "questions"
    )
    for key, data in MOTIFS.items():
        motif = _make_motif(world, data)
        if data.get("is_archived"):
            archive_motif(motif=motif, now=world.began_at)
        world.motifs[key] = with_everything.get(pk=motif.pk)
    for key, (location_key, name, motifs) in DESKS.items():
        location = world.locations[location_key]
        world.desks[key] = create_desk(
            organization=location.organization,
            location=location,
            name=name,
            kind="Identité",
            motifs=[world.motifs[motif] for motif in motifs],
            units=[world.units["civil"]],
        )


def _make_motif(world, data) -> Motif:
    fields = {name: value for name, value in data.items() if name not in _NOT_FIELDS}
    if "maximum_delay" in fields:
        fields["maximum_delay_months"] = None
    return create_motif(
        organization=world.organizations[data["organization"]],
        now=world.began_at,
        units=[world.units[unit] for unit in data["units"]],
        partner_types=[world.partner_types[partner] for partner in data.get("partner_types", [])],
        options=[{"name": name, "duration": timedelta(minutes=minutes)} for name, minutes in data.get("options", [])],
        questions=[_question(*question) for question in data.get("questions", [])],
        duration=timedelta(minutes=data["minutes"]),
        pause=timedelta(minutes=data.get("pause", 0)),
        **fields,
    )


def _question(label, choices, is_required):
    kinds = MotifQuestion.Kind
    kind = kinds.LONG if choices is None else kinds.CHOICE if choices else kinds.SHORT
    return {"label": label, "kind": kind, "choices": choices or [], "is_required": is_required}
