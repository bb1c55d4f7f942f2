"""The colours of a territory, worked out from the one it chose (docs/templates.md has the rule)."""

import re

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_DEFAULT = "#17506e"
_READABLE = 5  # Contrast with white; WCAG 2 AA asks for 4.5.

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def theme_variables(accent_color: str) -> dict[str, str]:
    """CSS variables by name. Whatever is not a colour of six hexadecimal digits counts as the default one."""
    color = accent_color if _COLOR.fullmatch(accent_color) else _DEFAULT
    brand = _parse(color)
    accent = brand
    while contrast(accent, WHITE) < _READABLE:
        accent = mix(accent, BLACK, 0.05)
    return {
        "--accent-brand": _write(brand),
        "--accent": _write(accent),
        "--accent-strong": _write(mix(accent, BLACK, 0.28)),
        "--accent-soft": _write(mix(WHITE, accent, 0.09)),
        "--accent-contrast": "#ffffff",
    }


def mix(color, other, share):
    """`color` with this share of `other` in it."""
    return tuple(round(a * (1 - share) + b * share) for a, b in zip(color, other, strict=True))


def contrast(color, other) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color):
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parse(color):
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


def _write(color):
    return "#{:02x}{:02x}{:02x}".format(*color)
