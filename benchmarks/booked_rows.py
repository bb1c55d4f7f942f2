"""The rows that bookings wrote, to be written again without the service."""

from collections import defaultdict

import psycopg
from django.db import connection, transaction
from django.db.models import Max

from notifications.models import Message
from scheduling.models import Appointment, AppointmentCalendar, AppointmentEvent, Participation

# What a booking writes beside the windows, in an order that their keys allow.
WRITTEN = [Appointment, AppointmentCalendar, Participation, AppointmentEvent, Message]


class BookedRows:
    """The rows written since this was made."""

    def __init__(self):
        self._last = {model: model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in WRITTEN}

    def take_out(self, *, clients: int) -> list[list[list]]:
        """Delete them and return them: for each client its bookings, for each booking its rows."""
        bookings = defaultdict(list)
        for model, last in self._last.items():
            for row in model.objects.filter(pk__gt=last).order_by("pk"):
                bookings[row.pk if model is Appointment else row.appointment_id].append(row)
        with transaction.atomic(), connection.cursor() as cursor:
            for model, last in reversed(self._last.items()):
                cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id > %s", [last])
        in_order = [bookings[appointment_id] for appointment_id in sorted(bookings)]
        return [in_order[client::clients] for client in range(clients)]


def insert_bare(bookings):
    """Prepared INSERTs and a commit for each booking, on a bare connection."""
    session = connection.connection
    session.prepare_threshold = 1
    prepared = [[_statement_and_values(row) for row in rows] for rows in bookings]
    cursor = psycopg.Cursor(session)
    for rows in prepared:
        with session.transaction():
            for statement, values in rows:
                cursor.execute(statement, values)


def _statement_and_values(row):
    fields = [field for field in row._meta.concrete_fields if not field.generated]
    columns = ", ".join(field.column for field in fields)
    places = ", ".join(["%s"] * len(fields))
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    return f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({places})", values


def insert_through_models(bookings):
    """Each row by its model, as any code of this framework would."""
    for rows in bookings:
        with transaction.atomic():
            for row in rows:
                row.save(force_insert=True)
