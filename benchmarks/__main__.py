"""`python -m benchmarks [FILE]`: every figure, printed and written to results.md. FILE is the directory of a city.

`python -m benchmarks reminders` prints those of ten thousand reminders alone, and `python -m benchmarks portal` those
of the public door among 10,000 calendars; both write nothing.
"""

import sys
from pathlib import Path

from .server import SETTINGS, copy_database, own_servers, settle


def deliver():
    with own_servers():
        import logging

        from . import delivery
        from .report import Report

        logging.disable(logging.WARNING)
        delivery.measure(Report())


def receive():
    with own_servers():
        import logging

        from . import data, night, portal
        from .report import Report

        logging.disable(logging.WARNING)
        for number in range(data.TERRITORIES):
            data.build_territory(number)
        night.run_night(day=data.FIRST_DAY, now=data.NOW)
        portal.measure(Report())


def main(directory):
    with own_servers():
        # Only now: these need Django.
        import logging

        from django.core.management import call_command
        from django.db import connection

        from . import agent_lists, booking, citizens, city, data, delivery, night, portal, search
        from .measure import Stopwatch
        from .report import Report

        logging.disable(logging.WARNING)
        report = Report()
        with Stopwatch() as watch:
            report.say(f"Building {data.CALENDARS * data.TERRITORIES} calendars and their windows …")
            data.build_territory(0)
            night.run_night(day=data.FIRST_DAY, now=data.NOW)
            copy_database("small")
            for number in range(1, data.TERRITORIES):
                data.build_territory(number)
            night.measure(report)
            settle("small")
            settle()
            search.measure(report, small="small", big="permanence")
            booking.measure(report)
            portal.measure(report)
            agent_lists.measure(report)
            report.say(f"Building {citizens.CITIZENS} citizens …")
            citizens.build()
            settle()
            citizens.measure(report, database="permanence")
            call_command("flush", interactive=False, verbosity=0)
            delivery.measure(report)
            if directory:
                call_command("flush", interactive=False, verbosity=0)
                city.measure(report, directory)
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (version,) = cursor.fetchone()
        report.write(server_version=version, settings=SETTINGS, minutes=watch.seconds / 60)


if __name__ == "__main__":
    alone = {"reminders": deliver, "portal": receive}
    if sys.argv[1:] and sys.argv[1] in alone:
        alone[sys.argv[1]]()
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else None)
