"""Variants of a study (``controls.sensitivity``), in the wildcard ``{system}`` of the rules."""

STUDY = "base"  # the study itself beside its variants


def variant_system(variant: str, system: str) -> str:
    """Value of the wildcard ``{system}`` for a system in a variant of the study (``controls.sensitivity``)."""
    return f"sensitivity/{variant}/{system}"


def plain_system(name: str) -> str:
    """The system that a value of the wildcard ``{system}`` stands for, in whatever variant."""
    return name.rsplit("/", 1)[-1]


def variant_of(name: str) -> str:
    """The variant that a value of the wildcard ``{system}`` stands for, `STUDY` for none."""
    return name.split("/")[1] if "/" in name else STUDY
