"""Make `dialysis.csv`: urea before, during and after a dialysis session of patients who do not exist.

Each patient is a two-pool model of urea: an extracellular pool that the dialyser clears and that ultrafiltration
shrinks, and an intracellular pool that refills it across a barrier. When the session ends the pools go on evening out,
so the urea in the blood rebounds; the value half an hour later, Ueq, is what the other columns are to predict.

The means and spreads are those of Table 2 of Gorodisch et al. The random numbers come from Python's own generator,
whose `random()` gives the same stream on every version, and are turned into normal ones by a quantile function: the
file is the same whatever NumPy is installed. The seed is the one of 0 to 39 that comes closest to Table 2.

Run it with `python sample_data/make_dialysis.py`; it writes beside itself.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from statistics import NormalDist

PATIENTS = 120
SEED = 5
COLUMNS = ("Upre", "U120", "Upos", "PP", "UF", "Ueq")
SESSION, MIDDLE, REBOUND = 240, 120, 30
"""Minutes: the session, the sample taken during it, and the wait after it."""


@dataclass(frozen=True)
class Patient:
    """What makes one session: urea in mg/dL, weight in kg, volumes in L, clearances in L/min.

    `recirculation` is the share of a sample taken under dialysis that is blood coming straight from the dialyser.
    """

    urea: float
    weight: float
    ultrafiltration: float
    water: float
    clearance: float
    exchange: float
    generation: float
    recirculation: float


def normal_scores(rng: random.Random, count: int) -> list[float]:
    """Normal quantiles of `count` equal strata in random order, one draw within each: their mean and sd hardly vary."""
    scores = [NormalDist().inv_cdf((i + 0.25 + 0.5 * rng.random()) / count) for i in range(count)]
    return [scores[i] for i in sorted(range(count), key=[rng.random() for _ in range(count)].__getitem__)]


def draw_patients(rng: random.Random, count: int) -> list[Patient]:
    """Patients who agree with Table 2 in urea, weight and ultrafiltration; the rest is hidden from the table."""
    scores = zip(*(normal_scores(rng, count) for _ in range(8)), strict=True)
    patients = []
    for urea, weight, fluid, water, clearance, exchange, generation, access in scores:
        kilos = max(73 + 17 * weight, 38.0)
        litres = max(2.7 + 1.2 * (0.4 * weight + 0.92 * fluid), 0.3)
        patients.append(
            Patient(
                urea=max(149 + 34 * urea, 60.0),
                weight=kilos,
                ultrafiltration=litres,
                water=0.55 * kilos * (1 + 0.08 * water),
                clearance=0.180 * (kilos / 73) ** 0.7 * max(1 + 0.24 * clearance, 0.4),
                exchange=0.90 * exp(0.25 * exchange) * perfusion(litres / kilos),
                generation=5.0 * max(1 + 0.25 * generation, 0.2),
                recirculation=0.08 * abs(access),
            )
        )
    return patients


def perfusion(litres_per_kilo: float) -> float:
    """How open the barrier between the pools is, 1 to 0.12: taking fluid off faster than vessels refill closes it."""
    return 0.12 + 0.88 / (1 + exp((litres_per_kilo - 0.040) / 0.004))


def simulate(patient: Patient, steps_per_minute: int = 4) -> tuple[float, float, float]:
    """Urea in the blood as sampled in the middle of the session, at its end and after the rebound, in mg/dL."""
    dt = 1 / steps_per_minute
    outside, inside = patient.water / 3 + patient.ultrafiltration, patient.water * 2 / 3
    blood = cells = patient.urea * 10
    readings = {}
    for step in range((SESSION + REBOUND) * steps_per_minute):
        on = step < SESSION * steps_per_minute
        drain = patient.ultrafiltration / SESSION if on else 0.0
        flow = patient.exchange * (cells - blood)
        change = patient.generation + flow - (patient.clearance if on else 0.0) * blood
        mass = outside * blood + dt * change
        cells -= dt * flow / inside
        outside -= dt * drain
        blood = mass / outside
        readings[step + 1] = blood / 10
    middle, end, rebound = (readings[minute * steps_per_minute] for minute in (MIDDLE, SESSION, SESSION + REBOUND))
    mixed = 1 - patient.recirculation
    return mixed * middle, mixed * end, rebound


def measure(rng: random.Random, value: float, spread: float) -> int:
    """A laboratory's reading: whole mg/dL, off by `spread` of the value."""
    return round(value * (1 + spread * NormalDist().inv_cdf(rng.random())))


def table_row(rng: random.Random, patient: Patient) -> list[float]:
    """One line of the table. Urea never falls while the pools even out: a reading that says so is taken again."""
    middle, end, rebound = simulate(patient)
    row: list[float] = [measure(rng, patient.urea, 0.03), measure(rng, middle, 0.04), 0, 0, 0, 0]
    while not row[5] >= row[2] > 0:
        row[2], row[5] = measure(rng, end, 0.07), measure(rng, rebound, 0.08)
    row[3], row[4] = round(patient.weight, 1), round(patient.ultrafiltration, 1)
    return row


def make_table(seed: int = SEED, count: int = PATIENTS) -> list[list[float]]:
    """The whole table, one row a patient, columns as in `COLUMNS`."""
    rng = random.Random(seed)
    return [table_row(rng, patient) for patient in draw_patients(rng, count)]


def to_csv(rows: Sequence[Sequence[float]]) -> str:
    """The table as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    Path(__file__).with_name("dialysis.csv").write_text(to_csv(make_table()), encoding="utf-8", newline="\n")
