"""Importing files into a territory: upload, report of the dry run, import, report of what was done."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.shortcuts import render_page
from organizations.tenancy import territory_role_required

from ..forms.imports import ImportForm, result_in
from ..import_files.kinds import TABLES
from ..import_files.templates import csv_template, xlsx_template
from ..models import DirectoryImport
from ..selectors.imports import counters_of, progress_of, rows_of, unforeseen_count
from ..services.imports import give_up, import_valid_rows, receive_file

ROWS_PER_PAGE = 50
IMPORTS_PER_PAGE = 20

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"csv": (csv_template, "text/csv; charset=utf-8"), "xlsx": (xlsx_template, XLSX)}


@require_http_methods(["GET", "POST"])
@territory_role_required()
def territory_import_add(request):
    """Choose and upload a file; what was imported before."""
    is_sent = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if is_sent else ImportForm()
    if form.is_valid():
        job = receive_file(territory=request.territory, actor=request.user, now=timezone.now(), **form.service_fields)
        return redirect("scheduling:territory_import_detail", request.territory.slug, job.pk)
    history = DirectoryImport.objects.for_territory(request.territory).for_list()
    page = Paginator(history, IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "kinds": TABLES.values()}
    return render(request, "scheduling/territory_import_add.html", context, status=422 if is_sent else 200)


@require_safe
@territory_role_required()
def territory_import_template(request):
    """A file to fill in: `quoi` says for what, `format` in which one."""
    kind = TABLES.get(request.GET.get("quoi", ""), TABLES["locations"])
    extension = request.GET.get("format", "")
    write, content_type = FORMATS.get(extension, FORMATS["csv"])
    name = f"modele-{kind.slug}.{extension if extension in FORMATS else 'csv'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write(kind), content_type=content_type, headers=headers)


@require_safe
@territory_role_required()
def territory_import_detail(request, pk):
    """What each row would do, or did; how far it is while it runs."""
    job = get_object_or_404(_imports(request), pk=pk)
    result = result_in(request.GET)
    page = Paginator(rows_of(job, result=result), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "job": job,
        "kind": TABLES.get(job.kind),
        "page": page,
        "result": result,
        "counters": counters_of(job),
        "progress": progress_of(job),
        "unforeseen": unforeseen_count(job) if job.status == job.Status.IMPORTED else 0,
    }
    fragment = "scheduling/_territory_import_rows.html"
    return render_page(request, "scheduling/territory_import_detail.html", fragment, context)


@require_safe
@territory_role_required()
def territory_import_progress(request, pk):
    """How far it is, asked for every second; the whole page comes back once it is done."""
    job = get_object_or_404(_imports(request), pk=pk)
    if not job.is_running:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"job": job, "progress": progress_of(job)}
    return render(request, "scheduling/_territory_import_progress.html", context)


@require_POST
@territory_role_required()
def territory_import_run(request, pk):
    job = get_object_or_404(_imports(request), pk=pk)
    if not import_valid_rows(job=job, now=timezone.now()):
        messages.warning(request, "Cet import est déjà fait, en cours ou abandonné : rien n'a été refait.")
    return redirect("scheduling:territory_import_detail", request.territory.slug, job.pk)


@require_POST
@territory_role_required()
def territory_import_discard(request, pk):
    job = get_object_or_404(_imports(request), pk=pk)
    if give_up(job=job):
        messages.success(request, "L'import est abandonné et son fichier effacé. Rien n'a été écrit.")
    else:
        messages.warning(request, "Cet import n'est plus à abandonner.")
    return redirect("scheduling:territory_import_add", request.territory.slug)


def _imports(request):
    return DirectoryImport.objects.for_territory(request.territory).for_list()
