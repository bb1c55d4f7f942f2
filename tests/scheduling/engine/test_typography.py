from decimal import Decimal

import pytest

from scheduling.engine.typography import NBSP, count, format_euros


class TestCount:
    def test_has_a_plural_from_two_on(self):
        assert [count(number, "jour") for number in (0, 1, 2)] == [f"0{NBSP}jour", f"1{NBSP}jour", f"2{NBSP}jours"]

    def test_parts_large_numbers_by_threes(self):
        assert count(1293, "créneau libre", "créneaux libres") == f"1{NBSP}293{NBSP}créneaux libres"


class TestEuros:
    @pytest.mark.parametrize(
        ("amount", "written"),
        [
            ("0", "0,00"),
            ("0.0725", "0,0725"),
            ("0.075", "0,075"),
            ("0.5", "0,50"),
            ("12", "12,00"),
            ("1293.5", f"1{NBSP}293,50"),
        ],
    )
    def test_have_two_decimals_or_as_many_as_a_price_needs(self, amount, written):
        assert format_euros(Decimal(amount)) == f"{written}{NBSP}€"
