"""Who is in the sample club: what each of them does, how often, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Away:
    """A stretch of days, both included; without a zone the member logs nothing at all."""

    first: date
    last: date
    zone: str | None = None

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member's habits.

    `trains` holds the chance of a workout for each weekday from Monday, `sports` the usual minutes
    by kind; `tracker`, `meals`, `scale`, `water` and `sleep` are the chances that a day has such an
    entry; `weight` is in kilograms on the first day and `drift` what a week adds to it.
    """

    user: str
    zone: str
    sports: dict[str, int]
    trains: tuple[float, float, float, float, float, float, float]
    hour: float
    tracker: float = 0.0
    steps: int = 8000
    meals: float = 0.0
    scale: float = 0.0
    water: float = 0.0
    sleep: float = 0.0
    weight: float = 75.0
    drift: float = 0.0
    squat: float = 60.0
    coached: bool = False
    joined: date = date(2024, 10, 7)
    away: tuple[Away, ...] = ()


MEMBERS = (
    Member(
        user="ada",
        zone="Europe/Lisbon",
        sports={"run": 45, "strength": 40, "yoga": 30},
        trains=(0.9, 0.8, 0.9, 0.7, 0.9, 0.95, 0.4),
        hour=6.2,
        tracker=0.96,
        steps=10500,
        scale=0.93,
        sleep=0.85,
        weight=61.4,
        coached=True,
        away=(Away(date(2025, 4, 3), date(2025, 4, 17), "Asia/Tokyo"),),
    ),
    Member(
        user="bilal",
        zone="Europe/Berlin",
        sports={"strength": 70, "ride": 50},
        trains=(0.93, 0.08, 0.93, 0.05, 0.93, 0.1, 0.05),
        hour=18.5,
        meals=0.95,
        scale=0.6,
        water=0.4,
        weight=71.8,
        drift=0.055,
        squat=85.0,
        coached=True,
        away=(Away(date(2025, 8, 1), date(2025, 8, 14), "Europe/Istanbul"),),
    ),
    Member(
        user="chiara",
        zone="Europe/Rome",
        sports={"yoga": 60, "swim": 40, "pilates": 50, "dance": 75, "hike": 150, "run": 30},
        trains=(0.2, 0.5, 0.1, 0.5, 0.1, 0.75, 0.7),
        hour=17.0,
        tracker=0.9,
        steps=8800,
        meals=0.25,
        weight=58.0,
    ),
    Member(
        user="dmitri",
        zone="Europe/Athens",
        sports={"strength": 60, "row": 30},
        trains=(0.8, 0.6, 0.8, 0.6, 0.8, 0.5, 0.2),
        hour=7.5,
        meals=0.7,
        scale=0.7,
        weight=94.0,
        drift=-0.12,
        squat=100.0,
        away=(
            Away(date(2025, 1, 20), date(2025, 6, 22)),
            Away(date(2025, 12, 15), date(2026, 2, 1)),
        ),
    ),
    Member(
        user="emeka",
        zone="Africa/Lagos",
        sports={"walk": 50, "strength": 30},
        trains=(0.6, 0.6, 0.6, 0.6, 0.6, 0.7, 0.3),
        hour=18.0,
        tracker=0.97,
        steps=9400,
        meals=0.9,
        scale=0.95,
        water=0.85,
        weight=104.6,
        drift=-0.14,
        coached=True,
    ),
    Member(
        user="freya",
        zone="Europe/Oslo",
        sports={"run": 50, "ride": 90, "ski": 80, "strength": 45},
        trains=(0.9, 0.98, 0.95, 0.98, 0.9, 0.98, 0.96),
        hour=16.5,
        tracker=0.99,
        steps=12500,
        sleep=0.95,
        weight=66.2,
        squat=75.0,
        away=(Away(date(2026, 2, 14), date(2026, 2, 21), "Europe/Vienna"),),
    ),
    Member(
        user="goran",
        zone="Europe/Zagreb",
        sports={"strength": 60, "run": 35},
        trains=(0.4, 0.5, 0.4, 0.5, 0.4, 0.2, 0.2),
        hour=23.3,
        tracker=0.55,
        steps=7200,
        sleep=0.4,
        squat=95.0,
    ),
    Member(
        user="hana",
        zone="Asia/Tokyo",
        sports={"swim": 45, "run": 40},
        trains=(0.6, 0.4, 0.6, 0.4, 0.6, 0.3, 0.5),
        hour=19.5,
        tracker=0.9,
        steps=9000,
        scale=0.45,
        weight=55.3,
        away=(
            Away(date(2024, 11, 18), date(2024, 11, 29), "America/Los_Angeles"),
            Away(date(2025, 3, 3), date(2025, 3, 14), "America/Los_Angeles"),
            Away(date(2025, 9, 8), date(2025, 9, 26), "America/Los_Angeles"),
            Away(date(2026, 5, 11), date(2026, 5, 22), "America/Los_Angeles"),
        ),
    ),
    Member(
        user="ines",
        zone="America/Sao_Paulo",
        sports={"walk": 40},
        trains=(0.05, 0.05, 0.05, 0.05, 0.05, 0.2, 0.2),
        hour=9.0,
        meals=0.985,
        scale=0.9,
        water=0.7,
        weight=82.3,
        drift=-0.05,
        coached=True,
    ),
    Member(
        user="jonas",
        zone="Europe/Berlin",
        sports={"run": 30, "strength": 45},
        trains=(0.6, 0.3, 0.6, 0.3, 0.5, 0.5, 0.3),
        hour=7.0,
        scale=0.5,
        meals=0.4,
        weight=89.0,
        drift=-0.03,
        away=(
            Away(date(2024, 10, 7), date(2024, 12, 31)),
            Away(date(2025, 2, 24), date(2026, 1, 1)),
            Away(date(2026, 4, 1), date(2026, 9, 6)),
        ),
    ),
    Member(
        user="kim",
        zone="America/New_York",
        sports={"strength": 55, "run": 40, "row": 30, "swim": 45, "yoga": 40},
        trains=(0.85, 0.7, 0.85, 0.7, 0.8, 0.6, 0.1),
        hour=6.0,
        tracker=0.95,
        steps=9800,
        meals=0.93,
        scale=0.88,
        water=0.75,
        sleep=0.9,
        weight=78.4,
        drift=-0.045,
        squat=70.0,
        coached=True,
        away=(Away(date(2025, 7, 5), date(2025, 7, 19), "Pacific/Honolulu"),),
    ),
    Member(
        user="lucia",
        zone="Pacific/Auckland",
        sports={"run": 55, "hike": 180, "ride": 70},
        trains=(0.3, 0.6, 0.3, 0.6, 0.2, 0.8, 0.8),
        hour=8.0,
        tracker=0.8,
        steps=11000,
        weight=63.0,
        joined=date(2025, 9, 1),
        away=(Away(date(2026, 6, 20), date(2026, 7, 4), "Pacific/Apia"),),
    ),
)
