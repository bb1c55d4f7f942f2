"""Places by how far they are: from where the visitor is, or from the town they type. Nobody outside is asked."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_portal.distance import EARTH_RADIUS_KM, Point, kilometres, parse_point
from tests.booking_portal.conftest import step_url, text_of
from tests.factories import make_location, make_opening

POINTS = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))

ARRAS, LENS, CALAIS = Point(50.291, 2.777), Point(50.428, 2.831), Point(50.951, 1.858)


class TestKilometres:
    def test_between_towns(self):
        assert kilometres(ARRAS, LENS) == pytest.approx(15.7, abs=0.1)
        assert kilometres(ARRAS, CALAIS) == pytest.approx(97.9, abs=0.2)

    def test_a_quarter_of_the_way_round(self):
        assert kilometres(Point(0, 0), Point(90, 0)) == pytest.approx(math.pi / 2 * EARTH_RADIUS_KM)

    @given(POINTS, POINTS)
    def test_is_the_same_there_and_back_and_never_further_than_the_other_side(self, one, other):
        there = kilometres(one, other)

        assert there == pytest.approx(kilometres(other, one), abs=1e-6)
        assert 0 <= there <= math.pi * EARTH_RADIUS_KM + 1e-6

    @given(POINTS)
    def test_from_a_point_to_itself_is_nothing(self, point):
        assert kilometres(point, point) == 0


@pytest.mark.parametrize("spoilt", ["", "x", "1", "1,2,3", "91,0", "0,181", "nan,0", "inf,1", "1e400,0", "50.2;2.7"])
def test_what_is_no_point_is_none(spoilt):
    assert parse_point(spoilt) is None


@pytest.mark.django_db
class TestPage:
    @pytest.fixture(autouse=True)
    def places(self, motif, now):
        for name, point in (("Mairie", ARRAS), ("Gare", LENS), ("Port", CALAIS), ("Relais", None)):
            town = {ARRAS: "Arras", LENS: "Lens", CALAIS: "Calais", None: "Lens"}[point]
            located = {"latitude": point.latitude, "longitude": point.longitude} if point else {}
            place = make_location(organization=motif.organization, name=name, city=town, postal_code="", **located)
            make_opening(motifs=[motif], location=place)

    @pytest.fixture
    def names(self, client, territory, motif):
        def ask(**parameters):
            page = client.get(step_url("place_choice", territory, motif=motif.slug, **parameters))
            assert page.status_code == 200
            self.text = text_of(page)
            return [place.name for place, _ in page.context["places"]]

        return ask

    def test_the_nearest_to_the_visitor_come_first_and_those_without_a_point_last(self, names):
        assert names(pres="50.94,1.86") == ["Port", "Gare", "Mairie", "Relais"]
        assert "1,2 km" in self.text
        assert "à vol d'oiseau" in self.text

    def test_around_a_town_its_own_places_come_first(self, names):
        assert names(ou="lens") == ["Gare", "Relais", "Mairie", "Port"]

    def test_a_word_of_a_name_only_filters(self, names):
        assert names(ou="port") == ["Port"]

    def test_a_spoilt_position_is_as_none(self, names):
        assert sorted(names(pres="ici")) == ["Gare", "Mairie", "Port", "Relais"]
        assert "vol d'oiseau" not in self.text

    def test_costs_no_query_more(self, names, django_assert_num_queries, client, territory, motif):
        url = step_url("place_choice", territory, motif=motif.slug)
        with django_assert_num_queries(6):
            client.get(url)
        with django_assert_num_queries(6):
            client.get(url + "&pres=50.94,1.86")
