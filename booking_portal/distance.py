"""How far a place is, as the crow flies."""

import math
from typing import NamedTuple

EARTH_RADIUS_KM = 6371.0088  # The mean radius, R₁ of the IUGG.


class Point(NamedTuple):
    """In degrees."""

    latitude: float
    longitude: float


def parse_point(text: str) -> Point | None:
    """`50.29,2.78`, as a browser's position is written in an address; None for what is no point on earth."""
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        return None
    # Comparisons with NaN are false.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Point(latitude, longitude)


def kilometres(one: Point, other: Point) -> float:
    """By the haversine formula (R. W. Sinnott, Virtues of the Haversine, 1984)."""
    latitudes = [math.radians(point.latitude) for point in (one, other)]
    across = math.radians(other.longitude - one.longitude) / 2
    up = (latitudes[1] - latitudes[0]) / 2
    h = math.sin(up) ** 2 + math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(across) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1, h)))


def middle_of(points: list[Point]) -> Point:
    """Of places of one town: close enough together for a mean of degrees."""
    return Point(
        sum(point.latitude for point in points) / len(points), sum(point.longitude for point in points) / len(points)
    )
