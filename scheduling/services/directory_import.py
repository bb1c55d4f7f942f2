"""Taking a city's directory into a territory: places, motifs, their pairs, and desks with weekly openings.

Doing it twice changes nothing: rows are found again by the identifiers of the directory.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from config.shortcuts import run_after_commit
from organizations.directory import Directory, Fault
from organizations.models import Desk, Location, Motif, Organization, ServiceUnit, Territory

from ..models import RowResult
from .import_rows.rows import EMPTY, Outcome, in_words
from .imported_desks import open_desk


@dataclass
class ImportReport:
    """What was (or would be) done to each row. `rows` has them all in order, each with its line in the file.

    A remark is of a row that goes in all the same, without what could not be taken over; `refused` names it, too.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)
    unchanged: int = 0
    rows: list[tuple[int, Outcome]] = field(default_factory=list)

    def note(self, result, label, line, changes=(), remark=""):
        if result == RowResult.CREATED:
            self.created.append(label)
        elif result == RowResult.CHANGED:
            self.changed.append(f"{label} : {', '.join(name for name, _, _ in changes)}")
        else:
            self.unchanged += 1
        self.rows.append((line, Outcome(result, label, list(changes), remark)))

    def refuse(self, fault):
        self.refused.append(fault)
        self.rows.append((fault.line, Outcome(RowResult.REFUSED, fault.where, reason=fault.reason)))

    @property
    def is_idle(self):
        return not self.created and not self.changed


class _DryRun(Exception):
    """Rolls the transaction back: a dry run does everything, and then nothing."""


def import_directory(
    *, territory: Territory, directory: Directory, now: datetime, desks_per_place: int = 0, is_dry_run: bool = False
) -> ImportReport:
    """Take the directory in, whole or not at all; rows with a fault are left out and reported.

    A `territory` that is not saved yet is created with it.

    Each department (`unit`) of the directory is an organization and a service unit; each pair of service and
    duration in a department is a motif. New desks open from Monday to Friday, 8 h to 12 h and 13 h to 17 h, for
    everything their place offers. The calendars wait for their batch, and answer from the core until then.
    """
    report = ImportReport()
    for fault in directory.faults:
        report.refuse(fault)
    try:
        with transaction.atomic():
            if territory.pk is None:
                territory.save()
                report.note(RowResult.CREATED, f"territoire « {territory.name} »", 1)
            elif (territory.country, territory.subdivision) != (directory.country, directory.subdivision):
                remark = "ceux du territoire, qui sont différents, restent en place"
                report.refused.append(Fault("jours fériés de l'annuaire", remark))
                report.rows.append((1, Outcome(RowResult.UNCHANGED, "jours fériés de l'annuaire", reason=remark)))
            _Import(territory, directory, now, report).run(desks_per_place)
            if is_dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


class _Import:
    """The state of one import: what exists already, by identifier, so that each kind of row costs one query."""

    def __init__(self, territory, directory, now, report):
        self.territory = territory
        self.directory = directory
        self.now = now
        self.report = report
        self.organizations = {o.name: o for o in Organization.objects.filter(territory=territory).order_by("pk")}
        self.units = {u.name: u for u in ServiceUnit.objects.filter(territory=territory).order_by("pk")}
        of_territory = {"organization__territory": territory}
        self.locations = {
            location.external_id: location
            for location in Location.objects.filter(**of_territory).exclude(external_id="").order_by("pk")
        }
        motifs = list(Motif.objects.filter(**of_territory).order_by("pk"))
        self.motifs = {(m.organization_id, m.external_id): m for m in motifs if m.external_id}
        self.desks = set(Desk.objects.filter(**of_territory).order_by("pk").values_list("location", "name"))
        self.slugs = defaultdict(set)
        for motif in motifs:
            self.slugs[motif.organization_id].add(motif.slug)

    def run(self, desks_per_place):
        motifs = self._motifs_by_pair()
        has_new_desks = False
        for place in self.directory.places:
            organization = self._organization_of(place.unit)
            location = self._location(organization, place)
            if location is None or not desks_per_place:
                continue
            given_there = [motifs[place.unit, *pair] for pair in place.durations.items()]
            given_there = [motif for motif in given_there if motif is not None]
            for number in range(1, desks_per_place + 1):
                name = f"Guichet {number}"
                has_new_desks |= self._desk(organization, location, given_there, name, place.line)
        if has_new_desks:
            run_after_commit("scheduling.tasks.refresh_stale_calendars")

    def _motifs_by_pair(self):
        """The motif of each (department, service, duration). The most frequent duration of a service in a
        department is the motif of that name; places that differ get one that names its duration."""
        counted = defaultdict(Counter)
        for place in self.directory.places:
            for service, duration in place.durations.items():
                counted[place.unit, service][duration] += 1
        motifs = {}
        for (unit, service), durations in counted.items():
            usual = max(durations, key=lambda duration: (durations[duration], -duration))
            for duration in durations:
                motifs[unit, service, duration] = self._motif(unit, service, duration, is_usual=duration == usual)
        return motifs

    def _organization_of(self, unit):
        return self._organization(unit or self.territory.name)

    def _organization(self, name):
        if name not in self.organizations:
            organization = Organization(
                territory=self.territory,
                name=name,
                slug=self._organization_slug(name),
                time_zone_override=(
                    "" if self.directory.time_zone == self.territory.time_zone else self.directory.time_zone
                ),
            )
            organization.save()
            self.organizations[name] = organization
            self.report.note(RowResult.CREATED, f"organisation « {name} »", self._line_of_unit(name))
        return self.organizations[name]

    def _organization_slug(self, name):
        wanted = slugify(f"{self.territory.slug} {name}")[:55].strip("-")
        taken = set(Organization.objects.filter(slug__startswith=wanted).order_by("pk").values_list("slug", flat=True))
        return _free(wanted, taken)

    def _line_of_unit(self, name):
        """Where the directory first names it."""
        return min(place.line for place in self.directory.places if (place.unit or self.territory.name) == name)

    def _unit(self, name):
        if name not in self.units:
            self.units[name] = ServiceUnit.objects.create(territory=self.territory, name=name)
            self.report.note(RowResult.CREATED, f"service « {name} »", self._line_of_unit(name))
        return self.units[name]

    def _location(self, organization, place):
        phone, remark = self._phone(place)
        fields = {
            "name": place.name,
            "street": place.street,
            "postal_code": place.postal_code,
            "city": place.city,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "phone": phone,
        }
        label = f"lieu « {place.name} » ({place.external_id})"
        if remark:
            self.report.refused.append(Fault(label, remark, place.line))
        location = self.locations.get(place.external_id)
        if location is not None and location.organization_id != organization.pk:
            self.report.refuse(Fault(label, "il appartient déjà à une autre organisation", place.line))
            return None
        known = location or Location(organization=organization, external_id=place.external_id)
        self.locations[place.external_id] = self._save(known, fields, label, place.line, remark)
        return self.locations[place.external_id]

    def _phone(self, place):
        """The number, and what is to be said where there is none that works."""
        if not place.phone:
            return "", ""
        try:
            number = PhoneNumber.from_string(place.phone, region=self.directory.country)
        except NumberParseException:
            number = None
        if number is None or not number.is_valid():
            return "", f"téléphone « {place.phone} » illisible, laissé vide"
        return number.as_e164, ""

    def _motif(self, unit, service_id, duration, *, is_usual):
        organization = self._organization_of(unit)
        service = self.directory.services[service_id]
        minutes = int(duration.total_seconds() // 60)
        external_id = service_id if is_usual else f"{service_id}@{minutes}"
        name = service.name if is_usual else f"{service.name[:105]} ({minutes} min)"
        motif = self.motifs.get((organization.pk, external_id)) or Motif(
            organization=organization,
            external_id=external_id,
            slug=_free(slugify(name)[:70].strip("-") or "motif", self.slugs[organization.pk]),
            booking_audience=Motif.BookingAudience.EVERYONE,
        )
        is_new = motif.pk is None
        self.slugs[organization.pk].add(motif.slug)
        fields = {"name": name, "duration": duration, "max_persons": service.max_persons}
        saved = self._save(motif, fields, f"motif « {name} » ({external_id})", service.line)
        if saved and is_new and unit:
            saved.units.add(self._unit(unit))
        return saved

    def _save(self, row, fields, label, line, remark=""):
        """Create or change one row, or refuse it with the reason; returns the row, or None when refused."""
        is_new = row._state.adding
        differing = [name for name, value in fields.items() if is_new or str(getattr(row, name)) != str(value)]
        if not differing:
            self.report.note(RowResult.UNCHANGED, label, line, remark=remark)
            return row
        before = {name: "" if is_new else in_words(getattr(row, name)) for name in differing}
        for name, value in fields.items():
            setattr(row, name, value)
        try:
            row.full_clean(exclude=["organization"], validate_constraints=False)  # It is ours: no need to ask for it.
        except ValidationError as error:
            self.report.refuse(Fault(label, " ".join(error.messages), line))
            return None
        row.save()
        changes = [
            (str(row._meta.get_field(name).verbose_name), before[name], in_words(fields[name]))
            for name in differing
            if not is_new or in_words(fields[name]) != EMPTY
        ]
        self.report.note(RowResult.CREATED if is_new else RowResult.CHANGED, label, line, changes, remark)
        return row

    def _desk(self, organization, location, motifs, name, line):
        """Whether a desk is made: not when it is there already, whose hours are its agents' business."""
        label = f"guichet « {name} » à « {location.name} » ({location.external_id})"
        if (location.pk, name) in self.desks:
            self.report.note(RowResult.UNCHANGED, label, line)
            return False
        if not motifs:
            return False
        open_desk(organization=organization, location=location, name=name, motifs=motifs, now=self.now)
        self.report.note(RowResult.CREATED, label, line)
        return True


def _free(wanted, taken):
    """`wanted`, or `wanted-2`, `wanted-3`… the first that is not taken."""
    number, candidate = 1, wanted
    while candidate in taken:
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate
