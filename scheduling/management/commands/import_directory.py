from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from organizations.directory import DirectoryError, read_directory
from organizations.models import Territory

from ...engine.opening_days import UnknownZone, holidays_of
from ...services.directory_import import import_directory

LARGEST_FILE = 50 * 1024 * 1024


class Command(BaseCommand):
    help = "Importe l'annuaire d'une ville (lieux, motifs, couples) dans un territoire. Deux fois ne change rien."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FICHIER", type=Path)
        parser.add_argument("--territory", metavar="SLUG", required=True)
        parser.add_argument(
            "--create-territory", metavar="NOM", help="crée le territoire avec le fuseau et les jours fériés du fichier"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="dit ce qui changerait, ligne par ligne, sans rien écrire"
        )
        parser.add_argument(
            "--desks", metavar="N", type=int, default=0, help="guichets par lieu, ouverts du lundi au vendredi"
        )

    def handle(self, *, file, territory, create_territory, dry_run, desks, **options):
        if not 0 <= desks <= 50:
            raise CommandError("Le nombre de guichets va de 0 à 50.")
        directory = self._read(file)
        report = import_directory(
            territory=self._territory(territory, create_territory, directory),
            directory=directory,
            now=timezone.now(),
            desks_per_place=desks,
            is_dry_run=dry_run,
        )
        for line in report.created:
            self.stdout.write(f"+ {line}")
        for line in report.changed:
            self.stdout.write(f"~ {line}")
        for fault in report.refused:
            self.stdout.write(self.style.WARNING(f"! {fault.where} : {fault.reason}"))
        counts = (
            f"{len(report.created)} créés, {len(report.changed)} changés, "
            f"{report.unchanged} sans changement, {len(report.refused)} refusés."
        )
        self.stdout.write(f"À blanc, rien n'est écrit : {counts}" if dry_run else counts)

    def _read(self, file):
        try:
            if file.stat().st_size > LARGEST_FILE:
                raise CommandError(f"« {file} » dépasse 50 Mo.")
            return read_directory(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"« {file} » ne peut pas être lu : {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"« {file} » n'est pas un texte en UTF-8.") from error
        except DirectoryError as error:
            raise CommandError(error.message) from error

    def _territory(self, slug, name, directory):
        territory = Territory.objects.filter(slug=slug).first()
        if territory is not None:
            return territory
        if name is None:
            raise CommandError(
                f"Le territoire « {slug} » n'existe pas. Ajoutez --create-territory « Nom » pour le créer avec le "
                f"fuseau {directory.time_zone} et les jours fériés {directory.country} {directory.subdivision}."
            )
        territory = Territory(
            name=name,
            slug=slug,
            time_zone=directory.time_zone,
            country=directory.country,
            subdivision=directory.subdivision,
        )
        try:
            holidays_of(directory.country, directory.subdivision, timezone.now().year)
            territory.full_clean()
        except UnknownZone as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return territory
