"""What goes wrong, and what is worth knowing."""

import re

_PLACE = re.compile(r"^(?:(?P<file>.*?): )?(?P<path>/.*)$", re.DOTALL)


class InputError(ValueError):
    """Bad input: a configuration, a file, a parameter. The program would print the same message and end with code 2.

    Nothing has been written. The attributes say what `str(error)` says in one line:

    place    where it is, as in the message: "ring.json: /topology/workers"
    path     the place in the configuration alone: "/topology/workers"; the whole place where there is none
    problem  what is wrong with it
    value    what was given, as text; "" where that would say nothing
    hint     what would be right, or ""
    """

    def __init__(self, place: str, problem: str = "", value: str = "", hint: str = ""):
        self.place, self.problem, self.value, self.hint = place, problem, value, hint
        found = _PLACE.match(place)
        self.path = found["path"] if found else place
        text = f"{place}: {problem}" if place else problem
        super().__init__(text + (f" ({value})" if value else "") + (f" — {hint}" if hint else ""))

    def __reduce__(self):
        return InputError, (self.place, self.problem, self.value, self.hint)


class AcidsimWarning(UserWarning):
    """A notice about a run: what the program prints as a warning."""
