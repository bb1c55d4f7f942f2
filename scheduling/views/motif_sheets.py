"""The form of a motif as its pages answer with it: the whole page, or the part that a button asked for."""

from config.shortcuts import render_page

from ..forms.motif_sheets import OPTION, PREVIEW, QUESTION
from ..forms.motif_targets import ALL, NONE

FRAGMENTS = {
    PREVIEW: "scheduling/_motif_preview.html",
    OPTION: "scheduling/_motif_options.html",
    QUESTION: "scheduling/_motif_questions.html",
    ALL: "scheduling/_motif_organizations.html",
    NONE: "scheduling/_motif_organizations.html",
}


def render_sheet(request, page, sheet, context, *, is_refused=False):
    """422 where what was to be saved was refused."""
    context |= {
        "form": sheet.form,
        "options": sheet.options,
        "questions": sheet.questions,
        "preview": sheet.preview,
    }
    status = 422 if sheet.is_refused or is_refused else 200
    return render_page(request, page, FRAGMENTS.get(sheet.act, page), context, status=status)
