"""What an administrator of a territory uploads to import."""

from django import forms

from ..engine.typography import NBSP
from ..import_files.raw import LARGEST_FILE, TableError
from ..import_files.upload import DIRECTORY, read_upload, size_of
from ..models import ImportKind, RowResult

KINDS = [
    (ImportKind.DIRECTORY, "Annuaire complet (JSON)"),
    (ImportKind.LOCATIONS, "Lieux"),
    (ImportKind.MOTIFS, "Motifs"),
    (ImportKind.PAIRS, f"Couples lieu–motif{NBSP}: où chaque motif est proposé"),
    (ImportKind.AGENTS, "Agents"),
    (ImportKind.CITIZENS, "Usagers"),
]


class ImportForm(forms.Form):
    """The file is read here once, so that what makes it unreadable as a whole is said beside it."""

    kind = forms.ChoiceField(
        label=f"Que contient le fichier{NBSP}?",
        choices=KINDS,
        initial=ImportKind.LOCATIONS,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label="Fichier",
        max_length=200,
        help_text="CSV, XLSX ou JSON, 5 Mo et 20 000 lignes au plus.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.json"}),
        error_messages={
            "required": "Choisissez un fichier.",
            "empty": "Le fichier est vide.",
            "max_length": "Le nom du fichier est trop long.",
        },
    )
    desks_per_place = forms.IntegerField(
        label="Guichets par lieu",
        min_value=0,
        max_value=20,
        initial=1,
        required=False,
        help_text="Chaque lieu de l'annuaire les reçoit, ouverts du lundi au vendredi de 8 h à 12 h et de 13 h à 17 h.",
    )

    def clean(self):
        cleaned = super().clean()
        if "file" in cleaned and "kind" in cleaned:
            self._read(cleaned)
        if cleaned.get("kind") != DIRECTORY or cleaned.get("desks_per_place", 0) is None:
            cleaned["desks_per_place"] = 0
        return cleaned

    def _read(self, cleaned):
        if cleaned["file"].size > LARGEST_FILE:
            self.add_error("file", "Le fichier dépasse 5 Mo. Partagez-le en plusieurs.")
            return
        content = cleaned["file"].read()
        try:
            upload = read_upload(cleaned["kind"], content)
        except TableError as error:
            self.add_error("file", error.message)
        else:
            cleaned |= {"content": content, "row_count": size_of(upload), "unknown": getattr(upload, "unknown", [])}
            self.cleaned_data = cleaned

    @property
    def service_fields(self) -> dict:
        """What `receive_file` keeps."""
        cleaned = self.cleaned_data
        name = "".join(letter for letter in cleaned["file"].name if letter.isprintable())
        return {
            "kind": cleaned["kind"],
            "file_name": name or "fichier",
            "content": cleaned["content"],
            "row_count": cleaned["row_count"],
            "desks_per_place": cleaned["desks_per_place"],
            "unknown_columns": cleaned["unknown"],
        }


def result_in(parameters) -> str:
    """The outcome that the report is filtered by; "" for all of them."""
    asked = parameters.get("resultat", "")
    return asked if asked in RowResult.values else ""
