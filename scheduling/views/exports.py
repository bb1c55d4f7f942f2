"""Exports of the list of RDVs: asking for one, and one's own, whatever one's role."""

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.shortcuts import render_page
from organizations.tenancy import member_required

from ..engine.wall_clock import local_day
from ..exceptions import TooManyExports
from ..forms.appointment_list import choices_of, filter_in
from ..models import Export
from ..selectors.exports import pieces_of
from ..services.exports import KEPT_FOR, delete_export, request_export

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@member_required()
def export_list(request):
    """Those of the last days; while one is being written the list asks again by itself."""
    exports = list(_own(request).order_by("-asked_at", "-pk"))
    context = {
        "exports": exports,
        "is_writing": any(export.is_unfinished for export in exports),
        "days_kept": KEPT_FOR.days,
    }
    return render_page(request, "scheduling/export_list.html", "scheduling/_exports.html", context)


@require_POST
@member_required()
def export_add(request):
    """The filters stand in the address, as in that of the list; `kind` in the form."""
    now = timezone.now()
    kind = request.POST.get("kind", "")
    asked = filter_in(request.GET, today=local_day(now, request.organization.zone))
    try:
        request_export(
            membership=request.membership,
            kind=kind if kind in Export.Kind.values else Export.Kind.APPOINTMENTS,
            asked=asked,
            description=choices_of(request.membership, asked).sentence,
            now=now,
        )
    except TooManyExports as error:
        messages.warning(request, error.message)
    return redirect(_address(request))


@require_safe
@member_required()
def export_download(request, pk):
    """404 for anybody but its owner, and once its week is over."""
    now = timezone.now()
    export = get_object_or_404(_own(request).downloadable(now), pk=pk)
    response = StreamingHttpResponse(pieces_of(export), content_type=XLSX)
    response["Content-Length"] = export.size
    response["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
    return response


@require_POST
@member_required()
def export_delete(request, pk):
    delete_export(export=get_object_or_404(_own(request), pk=pk))
    messages.success(request, "L'export est supprimé.")
    return redirect(_address(request))


def _own(request):
    return Export.objects.visible_to(request.membership).kept(timezone.now()).select_related("organization")


def _address(request):
    return reverse("scheduling:export_list", args=[request.organization.slug])
