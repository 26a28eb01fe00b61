"""Errors that the user can act on; the workflow prints their message without a traceback."""


class GlassmapError(Exception):
    """A problem outside the code: a file, a program or a value. The message names it and says what to do."""


class ConfigurationError(GlassmapError):
    """The configuration is invalid.

    Parameters
    ----------
    problems : list of str
        One line per problem: the key, its value and what is allowed.
    """

    def __init__(self, problems: list[str]):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class OutOfTime(GlassmapError):
    """The job's walltime is used up; finished work is kept, and the next attempt continues from it."""


class ProgramError(GlassmapError):
    """An external program failed; the message contains its last lines and the file to look at."""
