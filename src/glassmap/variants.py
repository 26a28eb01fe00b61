"""Cases: the systems of a study, and those of its variants (``controls.sensitivity``)."""

from dataclasses import dataclass

STUDY = "base"  # name of the study itself among its variants


@dataclass(frozen=True)
class Case:
    """A system in the study or in a variant of it: what a job is about.

    Attributes
    ----------
    system : str
    variant : str
        Name of the variant, `STUDY` for the study itself.
    """

    system: str
    variant: str = STUDY

    @property
    def in_study(self) -> "Case":
        """The same system in the study."""
        return Case(self.system)

    @property
    def wildcards(self) -> dict[str, str]:
        """Values of Snakemake's wildcards ``{variant}``, the beginning of a path, and ``{system}``."""
        return {"variant": "" if self.variant == STUDY else f"sensitivity/{self.variant}/", "system": self.system}

    @classmethod
    def of_wildcards(cls, variant: str, system: str) -> "Case":
        """Inverse of `wildcards`."""
        return cls(system, variant.removeprefix("sensitivity/").removesuffix("/") or STUDY)
