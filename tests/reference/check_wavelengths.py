"""Computes with numpy what is computed of wavelengths, and compares to 1e-12, NaN where the other has it.

Usage: check_wavelengths.py PROGRAM [SEED] [ROUNDS]. PROGRAM writes random cases with its answers
(wavelength_cases.cpp).
"""

import numpy as np

from cases import run_checks

TOLERANCE = 1e-12
# Metres per second of a neutron of 1 Å (CODATA 2022).
SPEED = 6.62607015e-34 / 1.67492750056e-27 * 1e10


def floats(numbers):
    return np.array([np.nan if x is None else x for x in numbers], dtype=float)


def close(got, expected, what, scale=None):
    assert got.shape == expected.shape, f"{what}: shape {got.shape} instead of {expected.shape}"
    scale = np.abs(expected) if scale is None else scale
    wrong = ~((np.abs(got - expected) <= TOLERANCE * scale) | (np.isnan(got) & np.isnan(expected)))
    assert not wrong.any(), f"{what}: {got[wrong][:3]} instead of {expected[wrong][:3]}"


class Table:
    def __init__(self, case):
        self.distance, self.time = np.array(case["distance"]), np.array(case["time"])
        self.grid = floats(case["wavelength"]).reshape(len(self.distance), len(self.time)) * self.distance[:, None]
        self.stride, self.period = case["stride"], case["period"]

    def at(self, length, time):
        """Wavelengths; the two are arrays of one shape."""
        found = np.full(length.shape, np.nan)
        inside = (length >= self.distance[0]) & (length <= self.distance[-1])
        inside &= (time >= self.time[0]) & (time <= self.time[-1])
        length, time = length[inside], time[inside]

        def cell(grid, x):
            i = np.clip(np.searchsorted(grid, x, side="right") - 1, 0, len(grid) - 2)
            return i, (x - grid[i]) / (grid[i + 1] - grid[i])

        (i, u), (j, v) = cell(self.distance, length), cell(self.time, time)
        g = self.grid
        product = (1 - u) * ((1 - v) * g[i, j] + v * g[i, j + 1]) + u * ((1 - v) * g[i + 1, j] + v * g[i + 1, j + 1])
        found[inside] = product / length
        return found


def check_events(case):
    table, lengths = Table(case["table"]), floats(case["lengths"])
    messages = []
    for m in case["messages"]:
        index = np.array(m["pixel"], dtype=int) - case["first"]
        known = (index >= 0) & (index < len(lengths))
        length = np.where(known, lengths[np.clip(index, 0, len(lengths) - 1)], np.nan)
        messages.append((m["pulse"], known, length, np.array(m["time"], dtype=float)))
    numbers = [0] * len(messages)
    if table.stride > 1:
        period = int(table.period)
        first = min((pulse for pulse, known, _, _ in messages if known.any()), default=0)
        reference = first % period - period // 2
        numbers = [(pulse - reference) % (table.stride * period) // period for pulse, *_ in messages]

        def lost(offset):
            return sum(
                int(np.isnan(table.at(length[known], time[known] + (n + offset) % table.stride * table.period)).sum())
                for n, (_, known, length, time) in zip(numbers, messages)
            )

        best = min(range(table.stride), key=lost) if any(known.any() for _, known, _, _ in messages) else 0
        numbers = [(n + best) % table.stride for n in numbers]
    some = any(known.any() for _, known, _, _ in messages)
    for m, n, (_, _, length, time) in zip(case["messages"], numbers, messages):
        if some:
            assert m["number"] == n, f"pulse {m['number']} instead of {n}"
        close(floats(m["wavelength"]), table.at(length, time + n * table.period), "wavelengths of events")


def rebinned(edges, counts, target):
    total = np.concatenate(([0], np.cumsum(counts)))
    return np.diff(np.interp(target, edges, total))


def check_histogram(case):
    table = Table(case["table"])
    edges = np.unique(np.concatenate((case["edges"], [0, table.period])))
    counts = [rebinned(case["edges"], case[name], edges) for name in ("value", "variance")]
    wavelength = table.at(np.full(len(edges), case["path"]), edges)
    runs, first = [], 0
    for i in range(1, len(edges) + 1):
        if i == len(edges) or not wavelength[i] > wavelength[i - 1]:
            if i - first > 1:
                runs.append(slice(first, i))
            first = i
    if not runs:
        assert "error" in case, "no run of increasing wavelengths, but no error"
        return
    if len(runs) == 1:
        grid = wavelength[runs[0]]
    else:
        lowest = min(runs, key=lambda r: wavelength[r][0])
        low, high = wavelength[lowest][0], max(wavelength[r][-1] for r in runs)
        step = wavelength[lowest][1] - low
        grid = low + step * np.arange(2 + int((high - low) / step))
        grid = grid[: np.argmax(grid >= high) + 1]
    got = np.array(case["wavelength"])
    assert len(got) == len(grid), f"{len(got)} edges instead of {len(grid)}"
    close(got, grid, "edges in wavelength")
    for values, name in zip(counts, ("counts", "variances")):
        expected = sum(rebinned(wavelength[r], values[r.start : r.stop - 1], grid) for r in runs)
        # A bin that hardly overlaps is the difference of nearly equal numbers, here or there.
        close(np.array(case[name]), expected, name, np.maximum(np.abs(expected), 1e6))


def check_cascade(case):
    """Neutrons of one wavelength arrive if they left during a pulse and found every chopper open: each of these says
    that the wavelength lies in one of some intervals."""
    period, stride = 1 / 14, case["stride"]
    pulses = [(i * period, i * period + 5e-3, 0.0) for i in range(stride)]
    openings = []
    for c in case["choppers"]:
        w = 2 * np.pi * c["frequency"]
        repeats = max(1, round(abs(c["frequency"]) * 2 * stride * period))
        centre = c["beam_position"] + w * c["delay"]
        times = []
        for k in range(-1, repeats):
            for begin, end in c["slits"]:
                # The slit edge at angle a is at the beam when the disk has turned by centre + 2 pi k - a.
                turned = [(centre + np.sign(w) * 2 * np.pi * (k + (w > 0)) - a) / w for a in (begin, end)]
                times.append((min(turned), max(turned), c["distance"]))
        openings.append(times)
    combinations = [[p] for p in pulses]
    for times in openings:
        combinations = [chain + [o] for chain in combinations for o in times]
    where = case["distance"]
    passing = []
    for chain in combinations:
        low, high = 0.001, 15.0
        # When the interval is not empty at any time, the neutrons that pass arrive between two times.
        passing.append((chain, low, high))

    def band(time):
        lows, highs = [], []
        for chain, low, high in passing:
            for begin, end, at in chain:
                # begin <= time - (where - at) * wavelength / SPEED <= end
                if where > at:
                    low = max(low, (time - end) * SPEED / (where - at))
                    high = min(high, (time - begin) * SPEED / (where - at))
                elif not begin <= time <= end:
                    high = -1
            if low < high:
                lows.append(low)
                highs.append(high)
        return (min(lows), max(highs)) if lows else None

    def earliest():
        """Of all neutrons that arrive: corners of the polygons, found by bisection over wavelengths."""
        best = np.inf
        for chain, low, high in passing:
            # Departure d and wavelength x: begin <= d + at * x / SPEED <= end for each; minimise d + where * x / SPEED.
            lines = [(b, at / SPEED) for b, _, at in chain] + [(e, at / SPEED) for _, e, at in chain]
            candidates = {low, high}
            for n, (b1, s1) in enumerate(lines):
                for b2, s2 in lines[:n]:
                    if s1 != s2:
                        candidates.add((b1 - b2) / (s1 - s2))
            for x in candidates:
                if not low <= x <= high:
                    continue
                first = max(b - at * x / SPEED for b, _, at in chain)
                last = min(e - at * x / SPEED for _, e, at in chain)
                if first <= last + 1e-12:
                    best = min(best, first + where * x / SPEED)
        return best

    frame = stride * period
    start = earliest()
    offset = 0 if np.isinf(start) else int(start / frame)
    wavelength, variance = floats(case["wavelength"]), floats(case["variance"])
    for time, w, v in zip(case["times"], wavelength, variance):
        bands = [band(time * 1e-6 + (offset + later) * frame) for later in (0, 1)]
        bands = [b for b in bands if b]
        if not bands:
            assert np.isnan(w), f"{w} Å at {time} µs instead of none"
            continue
        low, high = min(b[0] for b in bands), max(b[1] for b in bands)
        if high - low < 1e-9:
            continue
        assert abs(w - (low + high) / 2) < 1e-9, f"{w} Å at {time} µs instead of {(low + high) / 2}"
        assert abs(np.sqrt(v) - (high - low) / 2) < 1e-9, f"half width {np.sqrt(v)} instead of {(high - low) / 2}"


CHECKS = {"events": check_events, "histograms": check_histogram, "cascades": check_cascade}

if __name__ == "__main__":
    run_checks(CHECKS, "40")
