from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from organizations.services.territories import create_territory

from ...engine.opening_days import is_known_zone


class Command(BaseCommand):
    help = "Crée un territoire et envoie à la personne qui l'administrera le lien par lequel elle commence."

    def add_arguments(self, parser):
        parser.add_argument("name", help="nom du territoire, tel qu'il s'affiche : « Communauté de l'Arrageois »")
        parser.add_argument("--admin-email", required=True, help="adresse de qui administrera le territoire")
        parser.add_argument("--admin-first-name", required=True, help="son prénom")
        parser.add_argument("--admin-last-name", required=True, help="son nom")
        parser.add_argument("--slug", help="son nom dans les adresses ; par défaut tiré du nom, et définitif")
        parser.add_argument("--time-zone", default="Europe/Paris", help="fuseau horaire, par exemple Indian/Reunion")
        parser.add_argument("--country", default="FR", help="pays des jours fériés, code ISO 3166-1")
        parser.add_argument("--subdivision", default="", help="zone de jours fériés, si elle diffère de celle du pays")

    def handle(self, *, name, slug, admin_email, **options):
        if not is_known_zone(options["country"], options["subdivision"]):
            raise CommandError(f"La zone {options['country']} {options['subdivision']} n'a pas de jours fériés connus.")
        try:
            territory = create_territory(
                name=name,
                slug=slug or slugify(name)[:60].strip("-"),
                admin_email=admin_email.strip(),
                admin_first_name=options["admin_first_name"],
                admin_last_name=options["admin_last_name"],
                time_zone=options["time_zone"],
                country=options["country"],
                subdivision=options["subdivision"],
            )
        except ValidationError as error:
            raise CommandError("\n".join(_in_lines(error))) from error
        except OSError as error:
            raise CommandError(
                f"Rien n'a été créé : le message à {admin_email} n'a pas pu partir ({error})."
            ) from error
        self.stdout.write(
            f"Le territoire « {territory} » est créé. {admin_email} reçoit le lien par lequel le configurer."
        )


def _in_lines(error):
    for name, messages in error.message_dict.items():
        yield f"{name} : {' '.join(messages)}"
