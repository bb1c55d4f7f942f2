"""Usual appointment types of local public services, for who begins: chosen by a box, made with sensible defaults."""

from dataclasses import dataclass

from .models.motifs import LocationKind


@dataclass(frozen=True)
class UsualMotif:
    """`options` are names; `bring` is told after the booking. The name is what tells two of them apart."""

    name: str
    minutes: int
    description: str = ""
    options: tuple[str, ...] = ()
    bring: str = ""
    pause: int = 0
    kind: str = LocationKind.ON_SITE
    persons: int = 1


# By category, as a portal shows them.
LIBRARY = {
    "État civil": [
        UsualMotif(
            "Carte d'identité ou passeport",
            20,
            "Première demande ou renouvellement. Chaque personne doit être présente.",
            ("Carte d'identité", "Passeport"),
            "Apportez la pré-demande, une photo de moins de six mois, un justificatif de domicile et l'ancien titre.",
            persons=4,
        ),
        UsualMotif(
            "Retrait d'un titre d'identité", 10, "Pour retirer une carte d'identité ou un passeport qui est arrivé."
        ),
        UsualMotif("Dépôt d'un dossier de mariage", 45, "Les deux futurs époux viennent ensemble."),
        UsualMotif("Dépôt d'un dossier de PACS", 30, "Les deux partenaires viennent ensemble."),
        UsualMotif(
            "Reconnaissance d'un enfant", 20, bring="Apportez une pièce d'identité et un justificatif de domicile."
        ),
    ],
    "Vie quotidienne": [
        UsualMotif("Inscription scolaire", 20, bring="Apportez le livret de famille et un justificatif de domicile."),
        UsualMotif("Inscription sur les listes électorales", 15),
        UsualMotif("Demande de logement social", 30, "Ouvrir ou renouveler une demande."),
        UsualMotif("Conseil d'urbanisme avant travaux", 30, "Permis, déclaration préalable, plan local d'urbanisme."),
        UsualMotif("Rencontrer un élu", 30),
    ],
    "Action sociale": [
        UsualMotif(
            "Entretien avec un travailleur social",
            45,
            "Logement, budget, droits, difficultés familiales : un premier échange confidentiel.",
            pause=15,
        ),
        UsualMotif("Point téléphonique", 20, "Nous vous appelons.", kind=LocationKind.PHONE, pause=10),
        UsualMotif("Visite à domicile", 60, kind=LocationKind.HOME, pause=30),
        UsualMotif("Dossier d'aide sociale", 45, bring="Apportez vos derniers justificatifs de ressources.", pause=5),
        UsualMotif("Accompagnement vers l'emploi", 45, pause=15),
        UsualMotif("Domiciliation", 30),
    ],
    "Petite enfance": [
        UsualMotif(
            "Consultation infantile (PMI)",
            30,
            "Poids, alimentation, sommeil, vaccins : pour les enfants de moins de 6 ans.",
            bring="Apportez le carnet de santé.",
            pause=5,
        ),
        UsualMotif("Demande de place en crèche", 30),
    ],
    "Numérique et droits": [
        UsualMotif(
            "Aide aux démarches en ligne",
            45,
            "Un conseiller numérique fait la démarche avec vous.",
            ("Impôts", "CAF", "France Travail", "Santé", "Autre démarche"),
            "Apportez vos identifiants, et votre téléphone s'il reçoit des codes.",
        ),
        UsualMotif("Apprendre à se servir d'un ordinateur ou d'un téléphone", 60),
        UsualMotif("Point en visioconférence", 30, kind=LocationKind.VIDEO, pause=5),
        UsualMotif("Permanence juridique", 30, "Un premier conseil, gratuit et confidentiel."),
    ],
}

UNITS = [
    "Accueil",
    "Action sociale",
    "Enfance et éducation",
    "État civil",
    "Insertion",
    "Logement",
    "Numérique",
    "Protection maternelle et infantile",
    "Urbanisme",
]

BY_NAME = {usual.name: (category, usual) for category, of_category in LIBRARY.items() for usual in of_category}
