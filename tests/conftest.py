"""Settings of all tests: the same examples in every run, and no test asserts a duration."""

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")
