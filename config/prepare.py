"""Bring a database up to the code: `python -m config.prepare [--demo]`. Safe to run again.

`--demo` fills an empty database with the demonstration; `load_demo` prints who may sign in, whether it filled or not.
"""

import sys

import django
from django.core.management import call_command, get_commands


def main(arguments):
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if "--demo" in arguments and "load_demo" in get_commands():
        call_command("load_demo", "--if-empty")


if __name__ == "__main__":
    main(sys.argv[1:])
