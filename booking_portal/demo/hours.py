"""When who is open for what, and when not."""

from dataclasses import dataclass
from datetime import time, timedelta

from scheduling.services.opening_days import add_closure
from scheduling.services.openings import open_hours
from scheduling.services.unavailabilities import add_unavailability

MORNING, AFTERNOON = ("9h", "12h"), ("13h30", "17h")


@dataclass(frozen=True)
class Hours:
    """One opening. `rrule` as in RFC 5545, counted from the Monday six weeks ago."""

    calendar: str
    title: str
    motifs: list[str]
    hours: tuple[str, str]
    rrule: str
    location: str | None = None


def weekly(days: str, every: int = 1) -> str:
    return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={days}" if every > 1 else f"FREQ=WEEKLY;BYDAY={days}"


def monthly(day: str) -> str:
    return f"FREQ=MONTHLY;BYDAY={day}"


IDENTITY = ["identite", "remise"]
SOCIAL = ["assistante", "telephone", "suivi"]
DIGITAL = ["demarches", "prise_en_main"]

OPENINGS = [
    Hours("nadege", "Consultations", ["consultation"], MORNING, weekly("MO,TU,TH"), "siege"),
    Hours("nadege", "Consultations", ["consultation"], AFTERNOON, weekly("MO,TH,FR"), "siege"),
    Hours("nadege", "Visites à domicile", ["naissance"], ("13h30", "17h30"), weekly("WE")),
    Hours("coralie", "Consultations à Écourval", ["consultation"], MORNING, weekly("TU,FR"), "antenne"),
    Hours("coralie", "Consultations", ["consultation"], AFTERNOON, weekly("WE"), "siege"),
    Hours("coralie", "Visites à domicile", ["naissance"], ("9h", "12h30"), weekly("MO,TH", every=2)),
    Hours("samuel", "Permanence sociale", SOCIAL, MORNING, weekly("MO,WE,TH,FR"), "siege"),
    Hours("samuel", "Permanence sociale", SOCIAL, AFTERNOON, weekly("MO,TU"), "siege"),
    Hours("samuel", "Permanence d'Écourval", ["assistante"], ("14h", "17h"), monthly("2TH"), "antenne"),
    # Odile has 16 hours a week: 14 are open, and this monthly range takes the last two.
    Hours("odile", "Permanence sociale", SOCIAL, MORNING, weekly("TU,WE,TH"), "siege"),
    Hours("odile", "Rappels", ["telephone"], ("13h30", "16h"), weekly("TU,WE"), "siege"),
    Hours("odile", "Permanence d'Écourval", ["assistante"], ("14h", "16h"), monthly("1TH"), "antenne"),
    Hours("justine", "Entretiens RSA", ["rsa"], MORNING, weekly("MO,TU,TH"), "siege"),
    Hours("justine", "Points en visio", ["visio"], AFTERNOON, weekly("TU,FR")),
    Hours("karim", "Entretiens RSA", ["rsa"], MORNING, weekly("WE,FR"), "siege"),
    Hours("karim", "Points en visio", ["visio"], AFTERNOON, weekly("MO")),
    Hours("karim", "Permanence numérique", DIGITAL, ("14h", "17h"), weekly("TH"), "relais"),
    Hours("karim", "Permanence numérique", ["demarches"], ("9h30", "12h"), weekly("SA", every=2), "mediatheque"),
    Hours(
        "lucie",
        "Mariages et reconnaissances",
        ["mariage", "reconnaissance"],
        MORNING,
        weekly("MO,WE,FR"),
        "hotel_de_ville",
    ),
    Hours("lucie", "Rappels", ["renseignement"], ("14h", "16h"), weekly("MO,TU,TH")),
    Hours("amandine", "Reconnaissances", ["reconnaissance"], AFTERNOON, weekly("TU,WE,FR"), "hotel_de_ville"),
    Hours("amandine", "Mariages du samedi", ["mariage"], ("9h", "12h"), monthly("1SA"), "hotel_de_ville"),
    Hours("guichet_1", "Guichet ouvert", IDENTITY, ("8h30", "12h"), weekly("MO,TU,WE,TH,FR"), "hotel_de_ville"),
    Hours("guichet_1", "Guichet ouvert", IDENTITY, ("13h30", "17h30"), weekly("MO,TU,WE,TH,FR"), "hotel_de_ville"),
    Hours("guichet_2", "Guichet ouvert", IDENTITY, ("9h", "12h"), weekly("MO,WE,FR,SA"), "hotel_de_ville"),
    Hours("guichet_2", "Guichet ouvert", IDENTITY, ("13h30", "19h"), weekly("TH"), "hotel_de_ville"),
    Hours("guichet_3", "Guichet de quartier", IDENTITY, MORNING, weekly("TU,TH"), "annexe"),
    Hours("guichet_3", "Guichet de quartier", IDENTITY, AFTERNOON, weekly("WE,FR"), "annexe"),
    Hours("mehdi", "Permanence à la médiathèque", DIGITAL, MORNING, weekly("TU,WE,FR,SA"), "mediatheque"),
    Hours("mehdi", "Permanence à l'annexe", ["demarches"], AFTERNOON, weekly("TU,TH"), "annexe"),
    Hours("mehdi", "Dépannage", ["depannage"], ("14h", "17h"), weekly("WE,FR")),
    Hours("fanny", "Permanence de Beauquesnoy", DIGITAL, MORNING, weekly("MO,TH"), "beauquesnoy"),
    Hours("fanny", "Permanence d'Écourval", DIGITAL, AFTERNOON, weekly("MO"), "relais"),
    Hours("fanny", "À domicile", ["domicile"], ("13h30", "17h30"), weekly("TU,TH")),
    Hours("fanny", "Dépannage", ["depannage"], ("9h", "12h"), weekly("WE,FR")),
    Hours("aurore", "Premiers gestes", ["prise_en_main"], AFTERNOON, weekly("WE", every=2), "mediatheque"),
]


def open_everything(world) -> None:
    first_monday = world.monday - timedelta(weeks=6)
    for hours in OPENINGS:
        _open(world, hours, first_day=first_monday)
    # A day on which the town hall makes up for the delay.
    saturday = world.monday + timedelta(days=12)
    _open(world, Hours("guichet_1", "Samedi de l'identité", IDENTITY, ("9h", "13h"), "", "hotel_de_ville"), saturday)


def take_back(world) -> None:
    """Meetings, leave, a training day and a closure ahead."""
    solidarites, numerique = world.organizations["solidarites"], world.organizations["numerique"]
    first_monday, next_monday = world.monday - timedelta(weeks=6), world.monday + timedelta(days=7)
    began_at = world.began_at
    for name in ("nadege", "coralie"):
        _take(world, name, solidarites, "Réunion PMI", first_monday, ("11h", "12h"), began_at, rrule=weekly("TU"))
    _take(world, "justine", solidarites, "Commission RSA", first_monday, ("9h", "12h"), began_at, rrule=monthly("3TH"))
    _take(world, "coralie", solidarites, "Congés", next_monday, ("0h", "0h"), began_at, days_spanned=5)
    _take(world, "fanny", numerique, "Formation", next_monday + timedelta(days=2), ("9h", "17h"), began_at)
    _take(world, "samuel", solidarites, "Supervision", world.monday + timedelta(days=15), ("13h30", "15h"), began_at)
    add_closure(
        territory=world.territory,
        organization=world.organizations["mairie"],
        first_day=world.monday + timedelta(days=17),
        last_day=world.monday + timedelta(days=17),
        label="Formation du personnel",
        now=began_at,
    )
    add_closure(
        territory=world.territory,
        organization=numerique,
        first_day=world.monday + timedelta(days=28),
        last_day=world.monday + timedelta(days=32),
        label="Semaine de l'inclusion, hors les murs",
        now=began_at,
    )


def _open(world, hours, first_day):
    motifs = [world.motifs[name] for name in hours.motifs]
    open_hours(
        organization=motifs[0].organization,
        calendar=world.calendar(hours.calendar),
        motifs=motifs,
        title=hours.title,
        location=world.locations[hours.location] if hours.location else None,
        first_day=first_day,
        start_time=wall_time(hours.hours[0]),
        end_time=wall_time(hours.hours[1]),
        rrule=hours.rrule,
        now=world.began_at,
    )


def _take(world, name, organization, title, first_day, hours, now, **fields):
    add_unavailability(
        organization=organization,
        calendar=world.calendar(name),
        title=title,
        first_day=first_day,
        start_time=wall_time(hours[0]),
        end_time=wall_time(hours[1]),
        now=now,
        **fields,
    )


def wall_time(typed: str) -> time:
    """`13h30`, `9h`."""
    hours, minutes = typed.split("h")
    return time(int(hours), int(minutes or 0))
