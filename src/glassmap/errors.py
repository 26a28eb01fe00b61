"""Errors that a user can act on; the workflow prints their text without a traceback."""


class GlassmapError(Exception):
    """Something outside the code is wrong: a file, a program, a value. The text says which and what to do."""


class ConfigurationError(GlassmapError):
    """The configuration is refused.

    Parameters
    ----------
    problems : list of str
        One line per problem: the key, what it got and what is allowed.
    """

    def __init__(self, problems: list[str]):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class OutOfTime(GlassmapError):
    """The job's wall time is spent; what is finished is kept, and the next attempt goes on from it."""


class ProgramError(GlassmapError):
    """An external program failed; the text holds its last lines and the file to look at."""
