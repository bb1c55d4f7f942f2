"""What agents are told, in French as everywhere in the back office. Nobody writes these texts anew.

Beside the merge fields of `fields` they know `{auteur}`, `{raison}`, `{changements}` and `{inscrits}`.
"""

from dataclasses import dataclass

from .models import Message
from .texts import Text

Kind = Message.Kind

_WHEN_AND_WHERE = "{motif}\n{date}, durée {duree}\n{lieu}\n{adresse}\n{guichet}\n{inscrits}"
_OPEN = "Ouvrir le rendez-vous :\n{lien}"
_DETAILS = f"{{raison}}\n\n{{beneficiaire}}\n{_WHEN_AND_WHERE}\n\n{_OPEN}"


@dataclass(frozen=True)
class News:
    """`is_still_theirs`: of what has left their calendar there is no page that they may be sure to open."""

    kind: str
    text: Text
    is_still_theirs: bool = True


BOOKED = News(
    Kind.BOOKED,
    Text(
        subject="Nouveau rendez-vous le {date}",
        body=f"Bonjour,\n\nUn rendez-vous a été pris dans votre agenda par {{auteur}}.\n\n{_DETAILS}",
    ),
)
JOINED = News(
    Kind.BOOKED,
    Text(
        subject="Nouveau rendez-vous le {date}",
        body=(
            "Bonjour,\n\nUn rendez-vous qui était dans un autre agenda est désormais dans le vôtre "
            f"(changement fait par {{auteur}}).\n\n{_DETAILS}"
        ),
    ),
)
RESUMED = News(
    Kind.BOOKED,
    Text(
        subject="Rendez-vous du {date} rétabli",
        body=(
            "Bonjour,\n\nUn rendez-vous annulé a été repris par {auteur} : il est de nouveau dans votre agenda.\n\n"
            f"{_DETAILS}"
        ),
    ),
)
MOVED = News(
    Kind.MOVED,
    Text(
        subject="Rendez-vous déplacé au {date}",
        body=f"Bonjour,\n\nUn rendez-vous prévu le {{ancienne_date}} a été déplacé par {{auteur}}.\n\n{_DETAILS}",
    ),
)
LOST = News(
    Kind.LEFT_CALENDAR,
    Text(
        subject="Rendez-vous du {ancienne_date} retiré de votre agenda",
        body=(
            "Bonjour,\n\nUn rendez-vous prévu le {ancienne_date} n'est plus dans votre agenda "
            "(changement fait par {auteur}).\n\n{beneficiaire}\n{motif}\n\n"
            "Il est désormais prévu le {date}, agenda : {guichet}."
        ),
    ),
    is_still_theirs=False,
)
EDITED = News(
    Kind.EDITED,
    Text(
        subject="Rendez-vous du {date} modifié",
        body=(
            "Bonjour,\n\nUn rendez-vous de votre agenda a été modifié par {auteur}.\n\n"
            f"{{changements}}\n\n{{beneficiaire}}\n{_WHEN_AND_WHERE}\n\n{_OPEN}"
        ),
    ),
)
UNSCHEDULED = News(
    Kind.UNSCHEDULED,
    Text(
        subject="Rendez-vous du {date} déprogrammé",
        body=(
            f"Bonjour,\n\nLes horaires ont changé : un de vos rendez-vous est déprogrammé par {{auteur}}.\n\n{_DETAILS}"
        ),
    ),
)
CANCELLED_BY_CITIZEN = News(
    Kind.CANCELLED_BY_CITIZEN,
    Text(
        subject="Rendez-vous du {date} annulé par l'usager",
        body=f"Bonjour,\n\nUn rendez-vous de votre agenda est annulé par l'usager.\n\n{_DETAILS}",
    ),
)
CANCELLED_BY_AGENT = News(
    Kind.CANCELLED_BY_AGENT,
    Text(
        subject="Rendez-vous du {date} annulé par un agent",
        body=f"Bonjour,\n\nUn rendez-vous de votre agenda est annulé par {{auteur}}.\n\n{_DETAILS}",
    ),
)
PERSON_JOINED = News(
    Kind.PERSON_JOINED,
    Text(
        subject="Inscription au rendez-vous du {date}",
        body=(
            "Bonjour,\n\n{beneficiaire} participe désormais à un rendez-vous de votre agenda "
            f"(inscription par {{auteur}}).\n\n{_WHEN_AND_WHERE}\n\n{_OPEN}"
        ),
    ),
)
PERSON_LEFT = News(
    Kind.PERSON_LEFT,
    Text(
        subject="Désistement au rendez-vous du {date}",
        body=(
            "Bonjour,\n\n{beneficiaire} ne participe plus à un rendez-vous de votre agenda "
            f"(changement fait par {{auteur}}).\n\n{_WHEN_AND_WHERE}\n\n{_OPEN}"
        ),
    ),
)
