"""The editor of one text: for a territory, an organization, a motif."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from config.shortcuts import render_page
from organizations.models import Motif
from organizations.tenancy import member_required, territory_role_required
from scheduling.engine.typography import quote

from ..exceptions import NotificationsError
from ..fields import NAMES, fields_of
from ..forms.texts import SeenForm, TextForm
from ..levels import Level
from ..models import Message, MessageText
from ..selectors.estimates import estimate_of
from ..selectors.previews import examples_of, preview_of
from ..selectors.texts import texts_of_level, versions_of
from ..services.texts import restore_text, withdraw_text, write_text
from ..texts import EVENTS, Text, default_text

MOST_VERSIONS = 20


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_text_edit(request):
    editor = Editor(request, Level(request.territory), "notifications/territory_text_edit.html")
    return editor.answer(("notifications:territory_notification_settings", request.territory.slug))


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def text_edit(request):
    editor = Editor(request, _level(request), "notifications/text_edit.html")
    return editor.answer(("notifications:notification_settings", request.organization.slug))


@require_http_methods(["GET", "POST"])
@member_required(admin=True)
def motif_text_edit(request, pk):
    motif = get_object_or_404(Motif.objects.for_organization(request.organization), pk=pk)
    editor = Editor(request, _level(request, motif), "notifications/motif_text_edit.html")
    return editor.answer(("notifications:motif_notification_settings", request.organization.slug, pk))


def _level(request, motif=None):
    return Level(request.organization.territory, request.organization, motif)


@dataclass
class Editor:
    """One request for the text of an event on a channel in a language, all three named in the address."""

    request: object
    level: Level
    template: str

    def __post_init__(self):
        self.kind = self.request.GET.get("evenement", Message.Kind.BOOKED.value)
        self.channel = self.request.GET.get("canal", Message.Channel.EMAIL.value)
        self.language = self.request.GET.get("langue", MessageText.Language.FRENCH.value)
        if (
            self.kind not in EVENTS
            or self.channel not in Message.Channel.values
            or self.language not in MessageText.Language.values
        ):
            raise Http404
        self.now = timezone.now()
        self.texts = texts_of_level(self.level)
        self.which = {"kind": self.kind, "channel": self.channel, "language": self.language}
        in_force = self.texts.of_level(self.level, **self.which)
        self.in_force = in_force if in_force.language == self.language else None
        self.own = in_force.row if self.in_force and in_force.source == self.level.name else None

    def answer(self, list_page):
        act = self.request.POST.get("acte", "")
        if act in ("heriter", "restaurer"):
            return self._changed(act)
        examples = examples_of(self.level, now=self.now)
        form = self._form(examples)
        is_wanted = self.request.method == "POST" and act != "apercu"
        if form.is_valid() and is_wanted and self._saved(form):
            messages.success(self.request, f"Le texte {quote(EVENTS[self.kind])}{self._in_which()} est enregistré.")
            return redirect(*list_page)
        context = self._context(form, examples)
        status = 422 if is_wanted else 200
        return render_page(self.request, self.template, "notifications/_text_preview.html", context, status=status)

    def _in_which(self):
        return "" if self.language == MessageText.Language.FRENCH else " en anglais"

    def _shown(self):
        """The text in force; where only a French one is, the default in the language that is to be written."""
        audience = Message.Audience.CITIZEN
        text = self.in_force.text if self.in_force else default_text(self.kind, audience=audience, channel=self.channel)
        with translation.override(self.language):
            return {"subject": str(text.subject), "body": str(text.body)}

    def _form(self, examples):
        seen = {"seen": self.own.pk if self.own else None}
        shown = self._shown()
        return TextForm(
            self.request.POST if self.request.method == "POST" else None,
            initial=shown | seen,
            **self.which,
            examples=[(pk, label) for pk, (label, _) in examples.items()],
        )

    def _saved(self, form):
        try:
            write_text(
                level=self.level,
                **self.which,
                subject=form.cleaned_data.get("subject", ""),
                body=form.cleaned_data["body"],
                seen=form.cleaned_data["seen"],
                agent=self.request.user,
                now=self.now,
            )
        except NotificationsError as error:
            form.add_error(None, error.message)
            return False
        return True

    def _changed(self, act):
        """The level above speaks again, or an older version does."""
        form = SeenForm(self.request.POST)
        known = form.cleaned_data if form.is_valid() else {}
        change = {"level": self.level, "seen": known.get("seen"), "agent": self.request.user, "now": self.now}
        try:
            if act == "restaurer":
                versions = versions_of(self.level, **self.which)
                restore_text(version=get_object_or_404(versions, pk=known.get("version")), **change)
            else:
                withdraw_text(**self.which, **change)
        except NotificationsError as error:
            messages.warning(self.request, error.message)
        else:
            messages.success(self.request, "Le texte est rétabli.")
        return redirect(self.request.get_full_path())

    def _context(self, form, examples):
        typed = {name: form[name].value() or "" for name in ("subject", "body") if name in form.fields}
        _, appointment = examples.get(str(form["example"].value() or ""), ("", None))
        preview = preview_of(
            Text(subject=typed.get("subject", ""), body=typed["body"]),
            **self.which,
            level=self.level,
            appointment=appointment,
            now=self.now,
        )
        return {
            "form": form,
            "level": self.level,
            "event": EVENTS[self.kind],
            "channel": Message.Channel(self.channel),
            "text_language": self.language,
            "languages": MessageText.Language.choices,
            "preview": preview,
            "estimate": self._estimate(preview),
            "ladder": self.texts.ladder(self.level, **self.which),
            "own": self.own,
            "versions": versions_of(self.level, **self.which)[:MOST_VERSIONS],
            "fields": _described(self.kind, self.channel),
        }

    def _estimate(self, preview):
        """Of an SMS that says something."""
        if not preview.size or not preview.size.segments:
            return None
        return estimate_of(
            self.level,
            kind=self.kind,
            language=self.language,
            is_apart=self.texts.is_told_apart(self.level, kind=self.kind, channel=self.channel),
            segments=preview.size.segments,
            now=self.now,
        )


def _described(kind, channel):
    """(how it is written, the same by digit or nothing, what it stands for), the eight of the digits first."""
    digits = {name: f"{{{digit}}}" for digit, name in NAMES.items()}
    known = fields_of(kind, channel=channel)
    return [(f"{{{name}}}", digits.get(name, ""), label) for name, label in known.items()]
