"""What is typed finds what is stored, whatever accents, order, case and punctuation; and it never fails."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from organizations.citizen_search import guess_identity, normalize, prefix_query, same_name, search_text, typed_words
from organizations.models import Citizen
from tests.factories import make_citizen, make_organization

# What tsquery gives a meaning to, what SQL and LIKE do, and what HTML forms let through.
HOSTILE = "&|!()<->:*'\"\\%_;,.-+/@\x00\x07\u202e\u00a0ʼ’`´ ﬁœßŁıİ٠٦一😀"
typed_strings = st.text() | st.text(alphabet=HOSTILE + "0612ab", max_size=60)
# A name holds letters of any script; a few with signs inside.
names = st.text(
    alphabet=st.characters(categories=["Lu", "Ll", "Lo"]) | st.sampled_from("-' éÉçœŁ"), min_size=1, max_size=40
).filter(normalize)


def find(typed):
    return list(Citizen.objects.search(typed).order_by("pk"))


@pytest.mark.django_db
class TestSearch:
    @pytest.fixture
    def zoe(self):
        return make_citizen(
            organization=make_organization(),
            first_name="Zoë-Amélie",
            last_name="d'Œuvre Müller",
            birth_name="Łukasik",
            email="Zoe.Mul_ler@Exemple.fr",
            phone="+33612345678",
        )

    @pytest.mark.parametrize(
        "typed",
        [
            "zoe",
            "ZOË",
            "muller zoe",
            "Zoë Müller",
            "zoe amelie",
            "amelie-zoe",
            "oeuvre",
            "d'oeuvre",
            "D’ŒUVRE",
            "doeuvre",
            "zoeamelie",
            "lukasik",
            "mul zo",
            "zoe.mul_ler@exemple.fr",
            "ZOE.MUL_LER@EXEMPLE",
            "06 12 34 56 78",
            "06.12.34.56.78",
            "06-12-34-56-78",
            "0612345678",
            "0612",
            "+33 6 12",
            "+33612345678",
            "+33 (0)6 12 34 56 78",
            "0033 6 12 34 56 78",
            "33612345678",
            "müller 06 12 34",
            "+33 6 12 zoe",
            "  zoe  ",
        ],
    )
    def test_however_it_is_typed(self, zoe, typed):
        make_citizen(first_name="Jean", last_name="Martin", phone="+33711111111")

        assert find(typed) == [zoe]

    @pytest.mark.parametrize(
        "typed", ["zoé martin", "06 12 35", "uvre", "+32 6 12", "", "   ", "'", "&", "()", "-", "+"]
    )
    def test_what_does_not_fit_finds_nobody(self, zoe, typed):
        assert find(typed) == []

    @pytest.mark.parametrize(
        ("stored", "typed"),
        [
            ("+262692123456", "0692 12 34 56"),
            ("+262692123456", "+262 692"),
            ("+49301234567", "030 123"),
            ("+32470123456", "0470 12 34 56"),
        ],
    )
    def test_a_foreign_number_is_found_as_it_is_dialled_there_or_from_here(self, stored, typed):
        abroad = make_citizen(phone=stored)

        assert find(typed) == [abroad]

    def test_names_of_other_scripts_are_found(self):
        ivan = make_citizen(first_name="Иван", last_name="Петров")

        assert find("петр") == [ivan]

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(typed=typed_strings)
    def test_no_typed_string_makes_the_database_fail(self, typed):
        find(typed)

    @pytest.mark.parametrize("typed", ["a" * 5000, "é" * 5000, "一" * 3000, "a " * 5000, "0" * 5000, "@" * 100])
    def test_nor_does_a_very_long_one(self, typed):
        assert find(typed) == []

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(first_name=names, last_name=names, data=st.data())
    def test_everybody_is_found_by_their_own_name_in_any_order_and_by_its_beginning(self, first_name, last_name, data):
        citizen = make_citizen(first_name=first_name, last_name=last_name, email="")

        assert citizen in find(f"{first_name} {last_name}")
        assert citizen in find(f"{last_name} {first_name}")
        words = normalize(f"{first_name} {last_name}").split()
        begun = [word[: data.draw(st.integers(1, len(word)))] for word in words]
        assert citizen in find(" ".join(begun))

    def test_the_search_reads_an_index(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # So few rows would be read one by one.

        assert "citizen_search" in Citizen.objects.search("dupont").explain()


@example(text="𝕊")
@given(text=st.text())
def test_normalizing_twice_changes_nothing(text):
    assert normalize(normalize(text)) == normalize(text)


@given(text=st.text())
def test_a_query_holds_a_bounded_number_of_bounded_words(text):
    words = typed_words(text)

    assert len(words) <= 8
    assert all(0 < len(word) <= 80 for word in words)
    assert prefix_query(words).count("&") == max(len(words) - 1, 0)


def test_a_phone_is_indexed_from_the_country_code_and_as_dialled():
    assert search_text("Zoé", "+33612345678") == "zoe 33612345678 0612345678"


def test_names_are_the_same_but_for_what_people_leave_out():
    assert same_name("Jean-Éric D'HONDT", "dhondt jean eric") is False
    assert same_name("Jean-Éric D'HONDT", "d hondt jean eric")
    assert not same_name("Jean Dupont", "Jeanne Dupont")


@pytest.mark.parametrize(
    ("typed", "guessed"),
    [
        ("Zoé Durand", {"first_name": "Zoé", "last_name": "Durand"}),
        ("DURAND Zoé", {"first_name": "Zoé", "last_name": "DURAND"}),
        ("durand", {"last_name": "durand"}),
        ("06 12 34 56 78", {"phone": "06 12 34 56 78"}),
        ("zoe@exemple.fr", {"email": "zoe@exemple.fr"}),
        ("Zoé Durand zoe@exemple.fr", {"first_name": "Zoé", "last_name": "Durand", "email": "zoe@exemple.fr"}),
        ("12/05/1980", {}),
        ("", {}),
    ],
)
def test_what_was_searched_in_vain_fills_the_new_record(typed, guessed):
    assert guess_identity(typed) == guessed
