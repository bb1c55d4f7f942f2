"""What is printed while it runs, and written to results.md at the end."""

import os
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
PLANS = Path(__file__).with_name("plans")


@dataclass(frozen=True)
class Figure:
    """`mark` is what it must not exceed (or fall below, with `at_least`); None for what is only good to know.

    `why` says what a miss comes from.
    """

    name: str
    value: float
    unit: str = ""
    mark: float | None = None
    at_least: bool = False
    why: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.mark is None:
            return None
        return self.value >= self.mark if self.at_least else self.value <= self.mark

    @property
    def verdict(self) -> str:
        if self.mark is None:
            return ""
        if self.is_met:
            return "met"
        factor = self.mark / self.value if self.at_least else self.value / self.mark
        return f"**missed**, by a factor of {_short(factor)}"

    @property
    def row(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        mark = "" if self.mark is None else f"{sign} {_with_unit(_short(self.mark), self.unit)}"
        return [self.name, _with_unit(_short(self.value), self.unit), mark, self.verdict]


@dataclass
class Section:
    title: str
    text: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, *figure, **options):
        self.figures.append(Figure(*figure, **options))
        name, value, mark, verdict = self.figures[-1].row
        sys.stdout.write(f"  {name:<86} {value:>10}  {mark:<9} {verdict}\n")
        sys.stdout.flush()


@dataclass
class Report:
    sections: list[Section] = field(default_factory=list)
    plans: dict[str, str] = field(default_factory=dict)

    def section(self, title, text="") -> Section:
        self.sections.append(Section(title, text))
        self.say(title)
        return self.sections[-1]

    @staticmethod
    def say(text):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def write(self, *, server_version, settings, minutes):
        PLANS.mkdir(exist_ok=True)
        for name, plan in self.plans.items():
            (PLANS / f"{name}.txt").write_text(plan + "\n", encoding="utf-8")
        RESULTS.write_text(self.text(server_version, settings, minutes), encoding="utf-8")

    def text(self, server_version, settings, minutes) -> str:
        figures = [figure for section in self.sections for figure in section.figures]
        missed = [figure for figure in figures if figure.is_met is False]
        met = sum(figure.is_met is True for figure in figures)
        lines = [
            "# What `make bench` measured",
            "",
            f"{os.cpu_count()} cores, PostgreSQL {server_version}, Python {platform.python_version()}, "
            f"{_short(minutes)} minutes in all. Ratios are between times of this one run.",
            "PostgreSQL: " + ", ".join(f"`{name} = {value}`" for name, value in settings.items()) + ".",
            "",
            f"**Marks met: {met}. Missed: {len(missed)}.**",
            "",
            *_list_of(missed),
        ]
        for section in self.sections:
            lines += ["", f"## {section.title}", "", *([section.text, ""] if section.text else [])]
            lines += ["| | measured | mark | |", "| --- | ---: | ---: | --- |"]
            lines += [f"| {' | '.join(figure.row)} |" for figure in section.figures]
        lines += ["", "## Query plans", ""]
        lines += [f"- [`plans/{name}.txt`](plans/{name}.txt)" for name in self.plans]
        return "\n".join(lines) + "\n"


def _list_of(missed):
    for figure in missed:
        _, value, mark, _ = figure.row
        yield f"- {figure.name}: {value} (mark: {mark}).{figure.why and f' {figure.why}.'}"


def _short(number) -> str:
    """Three figures at most behind what counts: 12 400, 138, 15.8, 0.42."""
    if number >= 1000:
        return f"{number:,.0f}".replace(",", " ")
    return f"{number:.3g}"


def _with_unit(text, unit):
    return f"{text} {unit}".rstrip()
