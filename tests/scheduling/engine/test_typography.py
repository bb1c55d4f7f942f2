from scheduling.engine.typography import NBSP, count


class TestCount:
    def test_has_a_plural_from_two_on(self):
        assert [count(number, "jour") for number in (0, 1, 2)] == [f"0{NBSP}jour", f"1{NBSP}jour", f"2{NBSP}jours"]

    def test_parts_large_numbers_by_threes(self):
        assert count(1293, "créneau libre", "créneaux libres") == f"1{NBSP}293{NBSP}créneaux libres"
