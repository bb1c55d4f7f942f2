"""What citizens are told, on which channel and when: of a territory, an organization, a motif."""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from organizations.models import Motif
from organizations.tenancy import member_required, territory_role_required

from ..exceptions import SwitchesChanged
from ..forms.switches import SwitchesForm, TerritorySwitchesForm
from ..levels import Level
from ..models import Message
from ..selectors.settings import below, rhythm_of
from ..selectors.switches import switches_of_level
from ..selectors.texts import texts_of_level
from ..services.switches import set_switches, set_territory
from ..texts import EVENTS, OF_WORKSHOPS
from ..transports import channels_in_service


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_notification_settings(request):
    page = SettingsPage(request, Level(request.territory), "notifications/territory_notification_settings.html")
    return page.answer(TerritorySwitchesForm)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def notification_settings(request):
    level = Level(request.organization.territory, request.organization)
    return SettingsPage(request, level, "notifications/notification_settings.html").answer(SwitchesForm)


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_notification_settings(request, pk):
    motif = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    level = Level(request.organization.territory, request.organization, motif)
    return SettingsPage(request, level, "notifications/motif_notification_settings.html").answer(SwitchesForm)


@dataclass
class SettingsPage:
    """One request for all that is set at a level, and saved together."""

    request: object
    level: Level
    template: str

    def answer(self, form_class):
        is_sent = self.request.method == "POST"
        switches = switches_of_level(self.level)
        form = form_class(self.request.POST if is_sent else None, level=self.level, switches=switches)
        if form.is_valid() and self._saved(form):
            messages.success(self.request, "Les réglages des notifications sont enregistrés.")
            return redirect(self.request.path)
        if is_sent:
            switches = switches_of_level(self.level)
        return render(self.request, self.template, self._context(form, switches), status=422 if is_sent else 200)

    def _saved(self, form):
        change = {"level": self.level, "wanted": form.wanted, "seen": form.seen}
        change |= {"agent": self.request.user, "now": timezone.now()}
        try:
            if form.territory_fields:
                set_territory(fields=form.territory_fields, fields_seen=form.territory_seen, **change)
            else:
                set_switches(**change)
        except SwitchesChanged as error:
            form.show_changed(error, switches_of_level(self.level))
            return False
        return True

    def _context(self, form, switches):
        texts = texts_of_level(self.level)

        def cell(kind, channel):
            setting = switches.of_level(self.level, kind=kind, channel=channel)
            return channel, setting, form.cell(kind, channel), texts.of_level(self.level, kind=kind, channel=channel)

        rows = [(label, kind, [cell(kind, channel) for channel in Message.Channel]) for kind, label in EVENTS.items()]
        if self.level.motif and not _is_offered_earlier(self.level.motif):
            rows = [row for row in rows if row[1] != Message.Kind.EARLIER_SLOT]
        has_workshops = self.level.motif is None or self.level.motif.is_collective
        groups = [("", [row for row in rows if row[1] not in OF_WORKSHOPS])]
        if has_workshops:
            groups.append(("Ateliers", [row for row in rows if row[1] in OF_WORKSHOPS]))
        return {
            "form": form,
            "level": self.level,
            "groups": groups,
            "rhythm": rhythm_of(self.level),
            "below": below(self.level),
            "territory_url": self._territory_url(),
            "sms_is_in_service": Message.Channel.SMS in channels_in_service(),
        }

    def _territory_url(self):
        """Where what only the territory sets is changed, for who may."""
        membership = getattr(self.request, "membership", None)
        if membership and membership.territory_role and membership.territory_role.is_admin:
            return reverse("notifications:territory_notification_settings", args=[self.level.territory.slug])
        return ""


def _is_offered_earlier(motif):
    return motif.offers_earlier_slots and motif.citizen_may_move and not motif.is_collective
