"""The one module of `config` that the apps may import."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def render_page(request, page, fragment, context, *, status=200):
    """Render `fragment` for an HTMX swap and the whole `page` for everything else.

    The page must `{% include %}` that same fragment, so both answers stay identical.
    """
    is_swap = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    response = render(request, fragment if is_swap else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def run_after_commit(task: str, *args):
    """Have a worker run the task of that name once the current transaction is committed.

    A broker that does not answer changes nothing for the person who waits: it is logged, and whatever the task was
    to do is found again by a sweep. So only what a sweep covers may be asked for here.
    """
    transaction.on_commit(partial(_publish, task, args))


def _publish(task, args):
    try:
        current_app.send_task(task, args=args)
    except OperationalError as error:
        logger.warning("broker does not answer, %s is left to the sweep: %s", task, error)
