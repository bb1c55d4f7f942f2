"""One motif for several organizations of a territory: typed once, previewed, then made everywhere or nowhere."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from organizations.exceptions import EntryGone
from organizations.tenancy import territory_role_required

from ..engine.typography import count, quote
from ..exceptions import PreviewOutdated
from ..forms.motif_sheets import MotifSheet
from ..forms.motif_targets import OrganizationsForm
from ..services.motif_creations import create_motifs, preview_creations
from .motif_sheets import render_sheet
from .motifs import duration_understood

CREATE = "creer"


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_motif_add(request):
    data = request.POST if request.method == "POST" else None
    sheet = MotifSheet(data, territory=request.territory)
    places = OrganizationsForm(data, territory=request.territory)
    plan = None
    if sheet.act:
        places = places.as_typed(sheet.act, territory=request.territory)
    elif all([sheet.is_valid(), places.is_valid()]):
        asked = {"organizations": places.cleaned_data["organisations"], **sheet.service_fields}
        if data.get("etape") == CREATE:
            try:
                return _created(request, asked)
            except (EntryGone, PreviewOutdated) as error:
                sheet.form.add_error(None, error.message)
        plan = preview_creations(**asked)
    context = {"places": places, "plan": plan}
    return render_sheet(request, "scheduling/territory_motif_add.html", sheet, context, is_refused=bool(places.errors))


@require_safe
@territory_role_required()
def territory_motif_duration(request):
    """As `motif_duration`."""
    return duration_understood(request)


def _created(request, asked):
    """Raises PreviewOutdated."""
    made = create_motifs(
        territory=request.territory, expected=request.POST.get("expected", ""), now=timezone.now(), **asked
    )
    sentence = f"Le motif {quote(asked['name'])} est ajouté à {count(len(made), 'organisation')}."
    messages.success(request, sentence)
    return redirect("scheduling:territory_motif_list", request.territory.slug)
