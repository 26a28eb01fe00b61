"""Variants of a study (``controls.sensitivity``) as values of the wildcard ``{system}``."""

STUDY = "base"  # name of the study itself among its variants


def variant_system(variant: str, system: str) -> str:
    """Value of the wildcard ``{system}`` for a system in a variant of the study."""
    return f"sensitivity/{variant}/{system}"


def plain_system(name: str) -> str:
    """The system in a value of the wildcard ``{system}``, without the variant."""
    return name.rsplit("/", 1)[-1]


def variant_of(name: str) -> str:
    """The variant in a value of the wildcard ``{system}``; `STUDY` if it has none."""
    return name.split("/")[1] if "/" in name else STUDY
