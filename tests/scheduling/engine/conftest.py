"""200 examples a property on every run; HYPOTHESIS_PROFILE=nightly for 2,000."""

import os

from hypothesis import settings

settings.register_profile("normal", max_examples=200, deadline=None)
settings.register_profile("nightly", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))
