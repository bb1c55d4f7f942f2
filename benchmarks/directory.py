"""`python -m benchmarks.directory FILE`: the part of the benchmarks that a city's directory makes, by itself."""

import logging
import sys
from pathlib import Path

from .server import own_servers


def main(file):
    with own_servers():
        # Only now: these need Django.
        from . import city
        from .report import Report

        logging.disable(logging.WARNING)
        city.measure(Report(), file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
