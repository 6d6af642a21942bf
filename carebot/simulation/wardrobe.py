"""Who may live in the simulated home: build, hair and clothes, as data."""

from __future__ import annotations

from dataclasses import dataclass

from carebot.errors import ConfigError
from carebot.simulation.anatomy import Anatomy

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """Colours are red, green, blue in 0..1. `hair_style` is bun, short, bald or bob; patterns as in textures.cloth."""

    skin: Colour
    hair: Colour
    hair_style: str
    top: Colour
    top_pattern: str
    trousers: Colour
    shoes: Colour
    skirt: bool = False
    cardigan: Colour | None = None
    glasses: bool = False


@dataclass(frozen=True, slots=True)
class Resident:
    """A variant of the resident. `walking_speed_m_s` is the comfortable one, `stoop_rad` the bend of the upper back."""

    name: str
    anatomy: Anatomy
    wardrobe: Wardrobe
    walking_speed_m_s: float
    stoop_rad: float


RESIDENTS = {
    resident.name: resident
    for resident in (
        Resident(
            "hana",
            Anatomy(1.56, 60.0, 1.02),
            Wardrobe(
                skin=(0.87, 0.68, 0.56),
                hair=(0.74, 0.73, 0.72),
                hair_style="bun",
                top=(0.93, 0.90, 0.83),
                top_pattern="plain",
                trousers=(0.24, 0.26, 0.36),
                shoes=(0.33, 0.17, 0.15),
                cardigan=(0.58, 0.20, 0.27),
            ),
            walking_speed_m_s=0.75,
            stoop_rad=0.22,
        ),
        Resident(
            "kenji",
            Anatomy(1.68, 68.0, 1.0),
            Wardrobe(
                skin=(0.82, 0.63, 0.50),
                hair=(0.55, 0.54, 0.53),
                hair_style="short",
                top=(0.33, 0.45, 0.60),
                top_pattern="check",
                trousers=(0.42, 0.38, 0.31),
                shoes=(0.13, 0.12, 0.12),
                glasses=True,
            ),
            walking_speed_m_s=0.85,
            stoop_rad=0.12,
        ),
        Resident(
            "marie",
            Anatomy(1.62, 75.0, 1.18),
            Wardrobe(
                skin=(0.92, 0.75, 0.66),
                hair=(0.90, 0.88, 0.84),
                hair_style="bob",
                top=(0.36, 0.55, 0.48),
                top_pattern="stripes",
                trousers=(0.30, 0.28, 0.30),
                shoes=(0.75, 0.72, 0.68),
                skirt=True,
            ),
            walking_speed_m_s=0.65,
            stoop_rad=0.16,
        ),
        Resident(
            "samuel",
            Anatomy(1.74, 74.0, 1.03),
            Wardrobe(
                skin=(0.50, 0.34, 0.25),
                hair=(0.80, 0.80, 0.80),
                hair_style="bald",
                top=(0.88, 0.86, 0.80),
                top_pattern="plain",
                trousers=(0.44, 0.44, 0.46),
                shoes=(0.36, 0.22, 0.12),
                cardigan=(0.46, 0.54, 0.40),
            ),
            walking_speed_m_s=0.8,
            stoop_rad=0.10,
        ),
    )
}


def resident_named(name: str) -> Resident:
    """Raises ConfigError when nobody of that name is known."""
    try:
        return RESIDENTS[name]
    except KeyError:
        raise ConfigError(f"Nobody is called '{name}': use one of {', '.join(RESIDENTS)}.") from None
