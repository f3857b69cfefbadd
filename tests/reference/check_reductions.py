"""Computes with numpy what reductions compute, from their formulas, and compares: counts exactly, numbers to 1e-12.

Usage: check_reductions.py PROGRAM [SEED] [ROUNDS]. PROGRAM writes random cases with its answers (reduction_cases.cpp).
"""

import numpy as np

from cases import run_checks

TOLERANCE = 1e-12
H, MASS, CHARGE = 6.62607015e-34, 1.67492750056e-27, 1.602176634e-19
UNITS = {"Å": 1.0, "nm": 10.0, "1/Å": 1.0, "1/nm": 0.1, "rad": 1.0, "deg": np.pi / 180, "meV": 1.0, "μeV": 1e-3}


def close(got, expected, what, scale=None):
    got = np.array([np.nan if x is None else x for x in got], dtype=float)
    expected = np.asarray(expected, dtype=float).ravel()
    assert got.shape == expected.shape, f"{what}: shape {got.shape} instead of {expected.shape}"
    tolerance = TOLERANCE * (np.abs(expected) if scale is None else scale)
    with np.errstate(invalid="ignore"):
        same = (np.abs(got - expected) <= tolerance) | (got == expected) | (np.isnan(got) & np.isnan(expected))
        # JSON has no infinity.
        same |= np.isnan(got) & np.isinf(expected)
    assert same.all(), f"{what}: {got[~same][:3]} instead of {expected[~same][:3]} at {np.flatnonzero(~same)[:3]}"


def edges_of(group):
    make = np.geomspace if group.get("scale") == "log" else np.linspace
    return make(group["start"], group["stop"], group["num_bins"] + 1) * UNITS[group["unit"]]


def vectors(values):
    return np.array([[np.nan if x is None else x for x in v] for v in values], dtype=float)


class Table:
    def __init__(self, t):
        self.distance, self.time = np.array(t["distance"]), np.array(t["time"])
        wavelength = np.array([np.nan if x is None else x for x in t["wavelength"]], dtype=float)
        self.g = wavelength.reshape(-1, t["columns"]) * self.distance[:, None]
        self.period, self.stride = t["period"], t["stride"]

    def at(self, path, time):
        path, time = np.broadcast_arrays(np.asarray(path, dtype=float), np.asarray(time, dtype=float))
        inside = (path >= self.distance[0]) & (path <= self.distance[-1])
        inside &= (time >= self.time[0]) & (time <= self.time[-1])
        row = np.clip(np.searchsorted(self.distance, path, side="right") - 1, 0, len(self.distance) - 2)
        column = np.clip(np.searchsorted(self.time, time, side="right") - 1, 0, len(self.time) - 2)
        u = (path - self.distance[row]) / (self.distance[row + 1] - self.distance[row])
        v = (time - self.time[column]) / (self.time[column + 1] - self.time[column])
        g = (1 - u) * ((1 - v) * self.g[row, column] + v * self.g[row, column + 1])
        g += u * ((1 - v) * self.g[row + 1, column] + v * self.g[row + 1, column + 1])
        return np.where(inside, g / path, np.nan)

    def of_events(self, chunks, path_of):
        """Index of the pixel and wavelength of each event of a known pixel. path_of: pixel numbers -> (index, path)."""
        pulse = np.concatenate([np.full(len(c["time"]), c["pulse"]) for c in chunks])
        time = np.concatenate([np.array(c["time"], dtype=float) for c in chunks])
        index, path = path_of(np.concatenate([np.array(c["pixel"]) for c in chunks]))
        known = index >= 0
        pulse, time, index, path = pulse[known], time[known], index[known], path[known]
        if self.stride == 1 or len(pulse) == 0:
            return index, self.at(path, time)
        period = int(self.period)
        reference = pulse.min() % period - period // 2
        number = ((pulse - reference) % (self.stride * period)) // period
        tries = [self.at(path, time + (number + o) % self.stride * self.period) for o in range(self.stride)]
        return index, tries[int(np.argmin([np.isnan(t).sum() for t in tries]))]


def lookup(numbers):
    numbers = np.array(numbers)
    order = np.argsort(numbers)

    def find(pixels):
        place = np.clip(np.searchsorted(numbers[order], pixels), 0, len(numbers) - 1)
        return np.where(numbers[order][place] == pixels, order[place], -1)

    return find


def histogram(values, edges, weights=None):
    values = np.asarray(values)
    ok = ~np.isnan(values) & (values < edges[-1])
    w = None if weights is None else np.broadcast_to(weights, values.shape)[ok]
    return np.histogram(values[ok], edges, weights=w)[0]


def scattering(case, positions):
    source, sample = np.array(case["source"]), np.array(case["sample"])
    incident, scattered = sample - source, positions - sample
    l1, l2 = np.linalg.norm(incident), np.linalg.norm(scattered, axis=1)
    a, b = incident / l1, scattered / l2[:, None]
    two_theta = 2 * np.arctan2(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
    return scattered, l2, two_theta, l1 + l2


def check_i_of_q(case):
    params, table = case["params"], Table(case["table"])
    q_edges, band = edges_of(params["q_edges"]), edges_of(params["wavelength_edges"])
    centres = 0.5 * (band[:-1] + band[1:])
    centre = np.array([params["beam_center"]["x"], params["beam_center"]["y"], 0]) * 1e-3
    find = lookup(case["numbers"])
    n, m, s = np.zeros(len(q_edges) - 1), np.zeros(len(centres)), np.zeros(len(centres))
    hm, hhm = np.zeros((len(n), len(m))), np.zeros((len(n), len(m)))
    for batch in case["batches"]:
        scattered, l2, two_theta, path = scattering(case, vectors(batch["positions"]) - centre)
        k = 4 * np.pi * np.sin(two_theta / 2)
        index, wavelength = table.of_events(batch["detector"], lambda p: ((i := find(p)), path[i]))
        in_band = (wavelength >= band[0]) & (wavelength < band[-1])
        n += histogram((k[index] / wavelength)[in_band], q_edges)
        monitors = []
        for name, flight_path in zip(("incident", "transmitted"), case["monitor_paths"]):
            everywhere = lambda p: (np.zeros(len(p), dtype=int), np.full(len(p), flight_path))
            monitors.append(histogram(table.of_events(batch[name], everywhere)[1], band))
        m += monitors[0]
        s += monitors[1]
        axis, radius = np.array(batch["axis"]), np.array(batch["radius"])
        length = np.linalg.norm(axis)
        cosine = scattered @ axis / (l2 * length)
        omega = 2 * np.linalg.norm(radius) * length * np.sqrt(1 - cosine**2) / l2**2
        h = np.array([histogram(k / c, q_edges, omega) for c in centres]).T
        hm += h * monitors[0]
        hhm += h**2 * monitors[0]
        current_run = params["transmission"]["mode"] == "current_run"
        with np.errstate(all="ignore"):
            t = s / m if current_run else np.ones(len(m))
            d, var_d = hm @ t, len(n) * hhm @ t**2
            i = n / d
            variance = (n + i**2 * var_d) / d**2
        close(batch["outputs"][0]["values"], i, "I(Q)")
        close(batch["outputs"][0]["variances"], variance, "variance of I(Q)")
        assert len(batch["outputs"]) == (2 if current_run else 1)
        if current_run:
            close(batch["outputs"][1]["values"], t, "transmission")


def check_powder(case):
    params, table = case["params"], Table(case["table"])
    d_edges, theta_edges = edges_of(params["dspacing_edges"]), edges_of(params["two_theta_edges"])
    band = params["wavelength_range"]
    low, high = (band[x] * UNITS[band["unit"]] for x in ("start", "stop"))
    find = lookup(case["numbers"])
    _, _, two_theta, path = scattering(case, vectors(case["positions"]))
    rows = np.linspace(two_theta.min(), np.nextafter(two_theta.max(), np.inf), 1024)
    g, var_g = np.zeros((1023, len(d_edges) - 1)), np.zeros((1023, len(d_edges) - 1))
    for batch in case["batches"]:
        index, wavelength = table.of_events(batch["detector"], lambda p: ((i := find(p)), path[i]))
        theta = two_theta[index] / 2
        d = wavelength / (2 * np.sin(theta))
        weight = d**4 * np.sin(theta)
        ok = (wavelength >= low) & (wavelength <= high) & (d >= d_edges[0]) & (d < d_edges[-1])
        place = (np.searchsorted(rows, two_theta[index][ok], side="right") - 1, np.searchsorted(d_edges, d[ok], side="right") - 1)
        np.add.at(g, place, weight[ok])
        np.add.at(var_g, place, weight[ok] ** 2)
        charge = g.sum() or 1.0
        x, var_x = g / charge, var_g / charge**2
        group = np.searchsorted(theta_edges, 0.5 * (rows[:-1] + rows[1:]), side="right") - 1
        grouped, var_grouped = np.zeros((len(theta_edges) - 1, g.shape[1])), np.zeros((len(theta_edges) - 1, g.shape[1]))
        inside = (group >= 0) & (group < len(theta_edges) - 1)
        np.add.at(grouped, group[inside], x[inside])
        np.add.at(var_grouped, group[inside], var_x[inside])
        of_d, of_both, of_tof = batch["outputs"]
        for out in (of_d, of_tof):
            close(out["values"], x.sum(axis=0), "I(d)")
            close(out["variances"], var_x.sum(axis=0), "variance of I(d)")
        close(of_both["values"], grouped, "I(d, 2θ)")
        close(of_both["variances"], var_grouped, "variance of I(d, 2θ)")


def check_reflectometry(case):
    params, table = case["params"], Table(case["table"])
    edges = [edges_of(params[name]) for name in ("theta_edges", "wavelength_edges", "q_edges")]
    find = lookup(case["numbers"])
    scattered, _, _, path = scattering(case, vectors(case["positions"]))
    degree = np.pi / 180
    divergence = np.arctan2(scattered[:, 0], scattered[:, 2]) - case["detector_rotation"][0] * degree
    theta = divergence + case["sample_rotation"][0] * degree
    strip, blade, wire = np.meshgrid(np.arange(64)[::-1], np.arange(48)[::-1], np.arange(32)[::-1], indexing="ij")

    def within(values, name, unit=1.0):
        return (values >= params[name]["start"] * unit) & (values <= params[name]["stop"] * unit)

    seen = within(strip.ravel(), "y_index_limits") & within((blade * wire).ravel(), "z_index_limits")
    seen &= within(divergence, "beam_divergence_limits", degree)
    batch = case["batches"][0]
    index, wavelength = table.of_events(batch["detector"], lambda p: ((i := find(p)), path[i]))
    ok = seen[index] & ~np.isnan(wavelength)
    angle, wavelength = theta[index][ok], wavelength[ok]
    j, variance = (
        np.histogram2d(angle, wavelength, edges[:2], weights=w)[0] for w in (1 / np.sin(angle), 1 / np.sin(angle) ** 2)
    )
    centres = [0.5 * (e[:-1] + e[1:]) for e in edges]
    q = 4 * np.pi * np.sin(centres[0])[:, None] / centres[1]
    of_wavelength, of_q, of_both = batch["outputs"]
    for name, x in (("values", j), ("variances", variance)):
        close(of_wavelength[name], x.sum(axis=0), "I(λ) " + name)
        close(of_q[name], histogram(q.ravel(), edges[2], x.ravel()), "I(Q) " + name)
        close(of_both[name], x, "I(θ, λ) " + name)


def check_qmap(case):
    params, table = case["params"], Table(case["table"])
    source, sample, monitor = (np.array(case[x]) for x in ("source", "sample", "monitor"))
    energy = lambda k: H**2 / (8 * np.pi**2 * MASS) * (k * 1e10) ** 2 / (CHARGE * 1e-3)
    to_ns = MASS * 1e-10 / H * 1e9
    number_of, final = [], []
    for group in case["groups"]:
        y, c = np.array(group["y"]), np.array(group["analyser"]) - sample
        for number, position in zip(group["numbers"], vectors(group["positions"])):
            h = (position - sample) @ y
            w = position - sample - c - h * y
            v = c + h * np.linalg.norm(c) / (np.linalg.norm(c) + np.linalg.norm(w)) * y
            u = position - sample - v
            cosine = ((v + u) @ (v + u) - v @ v - u @ u) / (2 * np.linalg.norm(v) * np.linalg.norm(u))
            k = 2 * np.pi / (group["d"] * np.sqrt(2 - 2 * cosine))
            time = (np.linalg.norm(v) + np.linalg.norm(u)) * 2 * np.pi / k * to_ns
            number_of.append(number)
            final.append((*(k * v / np.linalg.norm(v)), energy(k), time))
    final = np.array(final)
    find = lookup(number_of)
    # The monitor over wavelength; then 1 / P in each bin.
    path = np.linalg.norm(monitor - source)
    time = np.array(case["monitor_ms"]) * 1e6
    counts = np.array(case["monitor_counts"])
    grid = np.unique(np.concatenate([[0.0, table.period], time]))
    density = np.zeros(len(grid) - 1)
    inside = (grid[:-1] >= time[0]) & (grid[:-1] < time[-1])
    bin_of = np.searchsorted(time, grid[:-1], side="right") - 1
    density[inside] = (counts / np.diff(time))[bin_of[inside]]
    counts = density * np.diff(grid)
    bands = table.at(path, grid)
    runs, begin = [], 0
    for i in range(1, len(bands) + 1):
        if i == len(bands) or not bands[i] > bands[i - 1]:
            if i - begin >= 2 and np.isfinite(bands[begin:i]).all():
                runs.append((bands[begin:i], counts[begin : i - 1]))
            begin = i
    if len(runs) == 1:
        bands, counts = runs[0]
    else:
        first = min(runs, key=lambda r: r[0][0])
        step = first[0][1] - first[0][0]
        last = max(r[0][-1] for r in runs)
        bands = [first[0][0]]
        while bands[-1] < last:
            bands.append(first[0][0] + step * len(bands))
        bands = np.array(bands)
        total = np.zeros(len(bands) - 1)
        for e, c in runs:
            low, high = np.maximum(e[:-1, None], bands[:-1]), np.minimum(e[1:, None], bands[1:])
            total += (c[:, None] * np.clip(high - low, 0, None) / np.diff(e)[:, None]).sum(axis=0)
        counts = total
    spectrum = counts / np.diff(bands) / counts.sum()
    beam = (sample - source) / np.linalg.norm(sample - source)
    primary = np.linalg.norm(sample - source)
    name = case["workflow"]
    if name == "qmap":
        first, second = edges_of(params["q_edges"]), edges_of(params["energy_edges"])
    elif name == "elastic_qmap":
        first, second = edges_of(params["axis1"]), edges_of(params["axis2"])
        directions = [np.eye(3)["xyz".index(params[a]["axis"][1])] for a in ("axis1", "axis2")]
    else:
        first, second = edges_of(params["axis1_edges"]), edges_of(params["axis2_edges"])
        directions = [np.array([params[a][c] for c in ("qx", "qy", "qz")]) for a in ("axis1", "axis2")]
        directions = [d / np.linalg.norm(d) for d in directions]
    shape = (5, len(second) - 1, len(first) - 1)
    sums, variance = np.zeros(shape), np.zeros(shape)
    for batch in case["batches"]:
        for chunk in batch["detector"]:
            pixel = np.array(chunk["pixel"])
            index = find(pixel)
            arrival = np.array(chunk["time"], dtype=float)[index >= 0]
            pixel, index = pixel[index >= 0], index[index >= 0]
            kf, ef, secondary = final[index, :3], final[index, 3], final[index, 4]
            wavelength = table.at(primary, (arrival - secondary) % table.period)
            k = 2 * np.pi / wavelength
            q = k[:, None] * beam - kf
            place = np.searchsorted(bands, wavelength, side="right") - 1
            ok = (place >= 0) & (place < len(spectrum)) & ~np.isnan(wavelength)
            p = np.where(ok, spectrum[np.where(ok, place, 0)], 0)
            if name == "qmap":
                x, y = np.linalg.norm(q, axis=1), energy(k) - ef
            else:
                c, s = np.cos(-batch["a3"]), np.sin(-batch["a3"])
                turned = q @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
                x, y = turned @ directions[0], turned @ directions[1]
            ok &= (p > 0) & (x >= first[0]) & (x < first[-1]) & (y >= second[0]) & (y < second[-1])
            cell = (
                (pixel[ok] - 1) // 2700,
                np.searchsorted(second, y[ok], side="right") - 1,
                np.searchsorted(first, x[ok], side="right") - 1,
            )
            np.add.at(sums, cell, 1 / p[ok])
            np.add.at(variance, cell, 1 / p[ok] ** 2)
        close(batch["outputs"][0]["values"], sums, name)
        close(batch["outputs"][0]["variances"], variance, "variance of " + name)
    assert sums.any(), "no event in any map"


CHECKS = {"i_of_q": check_i_of_q, "powder": check_powder, "reflectometry": check_reflectometry, "qmap": check_qmap}

if __name__ == "__main__":
    run_checks(CHECKS, "4")
