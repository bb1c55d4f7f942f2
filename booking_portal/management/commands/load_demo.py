from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from organizations.models import Territory

from ...demo.load import DemoRefused, load
from ...demo.places import TERRITORY_SLUG
from ...demo.sign_ins import sign_ins


class Command(BaseCommand):
    help = "Charge la démonstration dans une base vide, et dit qui peut s'y connecter."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="ne fait rien, sans échouer, si la base contient déjà un territoire"
        )
        parser.add_argument(
            "--show-sign-ins", action="store_true", help="ne charge rien : rappelle les adresses et les comptes"
        )

    def handle(self, *, if_empty=False, show_sign_ins=False, **options):
        if show_sign_ins:
            self._show_sign_ins()
            return
        if if_empty and Territory.objects.exists():
            self.stdout.write("La base contient déjà un territoire : la démonstration n'a pas été chargée.")
            if Territory.objects.filter(slug=TERRITORY_SLUG).exists():
                self.stdout.write("")
                self._show_sign_ins()
            return
        try:
            load(now=timezone.now())
        except DemoRefused as refusal:
            raise CommandError(refusal.message) from refusal
        self._show_sign_ins()

    def _show_sign_ins(self):
        for line in sign_ins():
            self.stdout.write(line)
