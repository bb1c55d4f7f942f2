"""The filters of « Trouver un RDV ». Names are French because they stay in the address."""

from django import forms

from organizations.forms.citizens import CitizenChoiceField
from organizations.models import Citizen, Location, Motif, MotifOption

from ..booking_drafts import PARAMETER as DRAFT
from ..models import Calendar, Opening
from ..selectors.slot_search import FARTHEST, SlotQuery
from ..selectors.slots import Demand
from ..selectors.widening import Scope, Widening, reachable_places, widened_queries
from .teams import TeamField

WEEKDAYS = {"lun": 0, "mar": 1, "mer": 2, "jeu": 3, "ven": 4, "sam": 5, "dim": 6}
HALF_DAYS = {"matin": "morning", "apres-midi": "afternoon"}
WITH_OTHERS = "Sans ce motif, avec d'autres"


class SlotSearchForm(forms.Form):
    """Filters for one motif. Choices are what the member may see and what openings of the motif have."""

    usager = CitizenChoiceField(Citizen.objects.none(), required=False, widget=forms.HiddenInput)
    portee = forms.ChoiceField(
        required=False, choices=[("", ""), *((scope.value, "") for scope in Scope)], widget=forms.HiddenInput
    )
    option = forms.ModelChoiceField(MotifOption.objects.none(), label="Option", required=False, empty_label=None)
    personnes = forms.IntegerField(label="Nombre de personnes", required=False, min_value=1)
    du = forms.DateField(
        label="À partir du", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    moment = forms.ChoiceField(
        label="Moment",
        required=False,
        choices=[("", "Toute la journée"), ("matin", "Matin"), ("apres-midi", "Après-midi")],
        widget=forms.RadioSelect,
    )
    jour = forms.MultipleChoiceField(
        label="Jours",
        required=False,
        choices=[(name, f"{name.capitalize()}.") for name in WEEKDAYS],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "weekdays"}),
    )
    lieu = forms.TypedMultipleChoiceField(
        label="Lieux", required=False, coerce=int, widget=forms.CheckboxSelectMultiple(attrs={"class": "filter-scroll"})
    )
    equipe = TeamField()
    plusieurs = forms.BooleanField(
        label="À plusieurs",
        required=False,
        help_text="Tous ceux que vous choisissez, libres en même temps.",
    )
    agenda = forms.TypedMultipleChoiceField(
        label="Agents et guichets",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "filter-scroll"}),
    )

    def __init__(self, *args, motif: Motif, citizen: Citizen | None, membership, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.motif, self.citizen, self.today = motif, citizen, today
        self.zone = membership.organization.zone
        self.calendars = searchable_calendars(motif, citizen, membership)
        self.companions = {} if motif.is_follow_up else companions_of(self.calendars, membership)
        self.widening = Widening.of(motif, membership=membership)
        self.locations = searchable_locations(motif, membership)
        self.locations |= places_of(self.widening.within(self.data.get("portee", "")))
        self.options = [option for option in motif.options.all() if option.archived_at is None]
        self.fields["usager"].queryset = Citizen.objects.visible_to(membership)
        self.fields["agenda"].choices = self._calendar_choices()
        self.fields["lieu"].choices = [(pk, str(location)) for pk, location in self.locations.items()]
        self.fields["option"].queryset = motif.options.filter(archived_at=None)
        self.fields["option"].choices = [(option.pk, str(option)) for option in self.options]
        self.fields["du"].widget.attrs |= {"min": today.isoformat(), "max": self.farthest.isoformat()}
        self.fields["personnes"].max_value = motif.max_persons
        self.fields["personnes"].validators.append(forms.fields.validators.MaxValueValidator(motif.max_persons))
        self.has_teams = self.fields["equipe"].offer(membership)
        self._show_what_is_meant()
        self._leave_out_what_has_no_choice()

    def _calendar_choices(self):
        """Those whose openings carry the motif; apart, those who can only be there with one of them."""
        carriers, companions = (
            [(pk, calendar_label(calendar)) for pk, calendar in calendars.items()]
            for calendars in (self.calendars, self.companions)
        )
        return [*carriers, *([(WITH_OTHERS, companions)] if companions else [])]

    def _show_what_is_meant(self):
        """The form shows the day and the number of persons that an address without them means."""
        self.asked, self.data = self.data, self.data.copy()
        for name, meant in {"du": self.today.isoformat(), "personnes": "1"}.items():
            if not self.data.get(name):
                self.data[name] = meant

    def _leave_out_what_has_no_choice(self):
        # Who only comes with others comes with nobody where no calendar carries the motif.
        there_are_several = bool(self.calendars) and len(self.calendars) + len(self.companions) > 1
        for name, is_a_choice in {
            "option": bool(self.options),
            "personnes": self.motif.max_persons > 1,
            "lieu": len(self.locations) > 1 or "lieu" in self.data,
            "equipe": self.has_teams or "equipe" in self.data,
            "agenda": there_are_several or "agenda" in self.data,
            "plusieurs": there_are_several or "plusieurs" in self.data,
        }.items():
            if not is_a_choice:
                del self.fields[name]

    def clean_option(self):
        return self.cleaned_data["option"] or self.options[0]

    def clean_du(self):
        day = max(self.cleaned_data["du"] or self.today, self.today)
        if day > self.farthest:
            raise forms.ValidationError("Choisissez une date dans les deux ans qui viennent.")
        return day

    def clean(self):
        """`searched`: the calendars chosen, or all, as far as they are of the team. An empty team is nobody.

        Together, a team alone is all of its agents; whoever is chosen and not of the team makes it nobody
        (`not_of_team`), because a slot without them is not what was asked for.
        """
        cleaned = super().clean()
        chosen, team = cleaned.get("agenda") or [], cleaned.get("equipe")
        agents = set(team.agents.order_by().values_list("pk", flat=True)) if team else None
        known = self.calendars | self.companions

        def is_of_team(pk):
            return agents is None or known[pk].agent_id in agents

        self.not_of_team = []
        if self.is_together:
            self.not_of_team = [known[pk] for pk in chosen if not is_of_team(pk)]
            searched = chosen or (list(known) if team else [])
            searched = [] if self.not_of_team else [pk for pk in searched if is_of_team(pk)]
        else:
            searched = [pk for pk in chosen or self.calendars if pk in self.calendars and is_of_team(pk)]
        cleaned["searched"] = searched
        return cleaned

    @property
    def is_together(self):
        """Whether all who are chosen must be free at once."""
        return bool(self.cleaned_data.get("plusieurs"))

    @property
    def lacks_companions(self):
        """« À plusieurs » was said, and not yet with whom."""
        return self.is_together and len(self.cleaned_data["searched"]) < 2

    @property
    def together(self) -> list[Calendar]:
        """Who must be free at once, in the order of the boxes; nobody for a search of any of them."""
        searched = set(self.cleaned_data["searched"]) if self.is_together else ()
        return [calendar for pk, calendar in (self.calendars | self.companions).items() if pk in searched]

    @property
    def is_narrowed(self):
        """Whether a filter that can be taken away leaves slots out."""
        return bool(any(self.cleaned_data.get(name) for name in ("moment", "jour", "lieu", "equipe", "agenda")))

    @property
    def farthest(self):
        """The last day that can be asked for."""
        return self.today + FARTHEST

    @property
    def demand(self):
        return Demand(self.motif, self.cleaned_data.get("option"), self.cleaned_data.get("personnes") or 1)

    @property
    def scope(self) -> Scope | None:
        """How far the search goes beyond what the member sees. Together, it does not: whom one sees is chosen."""
        asked = self.cleaned_data.get("portee")
        return Scope(asked) if asked and not self.is_together else None

    @property
    def wider_scopes(self) -> list[Scope]:
        """Those that would find more."""
        scopes = [] if self.is_together else self.widening.scopes
        return [scope for scope in scopes if self.scope is None or scope > self.scope]

    @property
    def widened_queries(self) -> list[SlotQuery]:
        """Beside `query`, with the same filters. Whom one chose, and a team, are the only ones to be searched."""
        if self.scope is None:
            return []
        chosen, team = self.cleaned_data.get("agenda") or None, self.cleaned_data.get("equipe")
        if team:
            of_team = set(team.agents.order_by().values_list("calendar", flat=True))
            chosen = [pk for pk in chosen or of_team if pk in of_team]
        motifs = self.widening.within(self.scope)
        return widened_queries(self.query, motifs, seen=self.calendars, chosen=chosen)

    @property
    def asked_of_the_booking(self) -> dict:
        """What does not change from slot to slot, as it stands in the address."""
        names = ("motif", "option", "personnes", "usager", DRAFT)
        return {name: self.asked[name] for name in names if self.asked.get(name)}

    @property
    def query(self) -> SlotQuery:
        return SlotQuery(
            demand=self.demand,
            zone=self.zone,
            calendar_ids=self.cleaned_data["searched"],
            is_together=self.is_together,
            location_ids=self.cleaned_data.get("lieu") or None,
            weekdays=frozenset(WEEKDAYS[name] for name in self.cleaned_data["jour"]),
            half_day=HALF_DAYS.get(self.cleaned_data["moment"], ""),
        )


def searchable_calendars(motif, citizen, membership):
    """By id, in order of names: visible ones with an opening of the motif; for a follow-up, the referents'."""
    calendars = Calendar.objects.visible_to(membership).in_use().filter(openings__motifs=motif)
    if motif.is_follow_up:
        referents = citizen.referents.values("pk") if citizen else []
        calendars = calendars.filter(agent__in=referents)
    found = Calendar.objects.visible_to(membership).filter(pk__in=calendars.values("pk")).for_display()
    return {calendar.pk: calendar for calendar in found}


def companions_of(calendars, membership):
    """By id, in order of names: the other visible ones that open hours in the organization, whatever the motif."""
    opened = Opening.objects.for_organization(membership.organization).exclude(calendar__in=calendars)
    visible = Calendar.objects.visible_to(membership).in_use().filter(pk__in=opened.values("calendar"))
    return {calendar.pk: calendar for calendar in visible.for_display()}


def searchable_locations(motif, membership):
    """Open places of the motif's openings, by id in order of names; none unless the motif is on site."""
    if motif.location_kind != Motif.LocationKind.ON_SITE:
        return {}
    locations = Location.objects.visible_to(membership).filter(closed_at=None)
    return {location.pk: location for location in locations.filter(openings__motifs=motif).distinct()}


def places_of(motifs):
    """Where motifs beyond the member's own are received, by id in order of names."""
    on_site = [motif for motif in motifs if motif.location_kind == Motif.LocationKind.ON_SITE]
    return {location.pk: location for location in reachable_places(on_site)} if on_site else {}


def calendar_label(calendar):
    """A desk is named with its place: every place has a « Guichet 1 »."""
    return f"{calendar} – {calendar.desk.location}" if calendar.desk_id else str(calendar)
