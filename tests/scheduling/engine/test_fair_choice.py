import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.fair_choice import Load, choose

loads = st.lists(
    st.builds(Load, st.integers(1, 9), st.integers(0, 3), st.integers(0, 5)),
    min_size=1,
    unique_by=lambda load: load.calendar_id,
)


@given(loads, st.randoms())
def test_nobody_has_a_better_claim_than_the_one_chosen(candidates, random):
    chosen = next(load for load in candidates if load.calendar_id == choose(candidates))
    for other in candidates:
        if other.that_day != chosen.that_day:
            assert other.that_day > chosen.that_day
        elif other.that_week != chosen.that_week:
            assert other.that_week > chosen.that_week
        else:
            assert other.calendar_id >= chosen.calendar_id

    random.shuffle(candidates)
    assert choose(candidates) == chosen.calendar_id


def test_the_day_comes_before_the_week_and_the_week_before_the_id():
    assert choose([Load(1, 2, 2), Load(2, 1, 9)]) == 2
    assert choose([Load(1, 1, 5), Load(2, 1, 4)]) == 2
    assert choose([Load(2, 1, 4), Load(1, 1, 4)]) == 1


def test_choosing_among_nobody_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        choose([])
