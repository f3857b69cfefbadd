"""Computes with numpy what views and monitors compute, and compares: counts and bins exactly, numbers to 1e-12.

Usage: check_views.py PROGRAM [SEED] [ROUNDS]. PROGRAM writes random cases with its answers (view_cases.cpp).
"""

import numpy as np

from cases import run_checks

TOLERANCE = 1e-12
XY_PLANE, MANTLE_Y, MANTLE_Z = range(3)
NO_NOISE, CYLINDRICAL, GAUSSIAN = range(3)


def close(got, expected, what, scale=None):
    got = np.asarray(got, dtype=float)
    expected = np.asarray(expected, dtype=float)
    assert got.shape == expected.shape, f"{what}: shape {got.shape} instead of {expected.shape}"
    scale = np.abs(expected) if scale is None else scale
    wrong = ~((np.abs(got - expected) <= TOLERANCE * scale) | (np.isnan(got) & np.isnan(expected)))
    assert not wrong.any(), f"{what}: {got[wrong][:3]} instead of {expected[wrong][:3]}"


def equal(got, expected, what):
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape and np.array_equal(got, expected), f"{what}: {got} instead of {expected}"


def check_edges(case):
    make = np.geomspace if case["log"] else np.linspace
    expected = make(case["start"], case["stop"], case["num_bins"] + 1)
    close(case["values"], expected, "edges")
    equal(case["values"][0], case["start"], "first edge")
    equal(case["values"][-1], case["stop"], "last edge")
    if not case["log"]:
        equal(case["values"], expected, "linear edges, to the last bit")
    factor = {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9}[case["unit"]]
    close(case["ns"], expected * factor, "edges in ns")


def check_range(case):
    edges = np.array(case["edges"])
    low, high = case["low"] / case["per_ms"], case["high"] / case["per_ms"]
    touched = (edges[1:] > low) & (edges[:-1] < high)
    selected = np.zeros(len(touched), dtype=bool)
    selected[case["first"] : case["first"] + case["count"]] = True
    equal(selected, touched, "bins that a range touches")


def noise_vectors(case):
    period = 107
    if case["noise"] == GAUSSIAN:
        return case["sigma"] * np.random.default_rng(1234).normal(0, 1, size=(period, 3))
    axis, radius = np.array(case["axis"]), np.array(case["radius"])
    along, angle, square = np.random.default_rng(1234).uniform(0, 1, size=(3, period))
    z = axis / np.linalg.norm(axis)
    x = radius / np.linalg.norm(radius)
    y = np.cross(z, x)
    rho = np.linalg.norm(radius) * np.sqrt(square)
    phi = 2 * np.pi * angle
    return (rho * np.cos(phi))[:, None] * x + (rho * np.sin(phi))[:, None] * y + (along - 0.5)[:, None] * axis


def replicated(case):
    exact = np.array(case["positions"])
    if case["noise"] == NO_NOISE:
        return exact[None]
    noise = noise_vectors(case)
    moved = exact + np.resize(noise, (4 * len(exact), 3)).reshape(4, len(exact), 3)
    return np.concatenate([exact[None], moved])


def projected(case):
    positions = replicated(case)
    x, y, z = np.moveaxis(positions, -1, 0)
    if case["kind"] == XY_PLANE:
        plane = z[0].max() if z[0].min() < 0 else z[0].min()
        screen_x = x * plane / z
        return {"x": -screen_x if case["flip_x"] else screen_x, "y": y * plane / z}
    u, v, w = (x, y, z) if case["kind"] == MANTLE_Z else (z, x, y)
    rho = np.hypot(u, v)
    radius = rho[0].min()
    return {"arc_length": radius * np.arctan2(v, u), "z" if case["kind"] == MANTLE_Z else "y": w * radius / rho}


def check_projection(case):
    coordinates = projected(case)
    total = 0
    uncertain = False
    for dim, bins, edges in case["dims"]:
        values = coordinates[dim]
        size = np.abs(values).max()
        expected = np.linspace(values.min(), np.nextafter(values.max(), np.inf), bins + 1)
        close(edges, expected, f"edges of {dim}", scale=size)
        index = np.searchsorted(edges, values, side="right") - 1
        # The outermost values are inside by construction; ours and theirs may differ in the last bit.
        index = np.clip(index, 0, bins - 1)
        near = np.abs(values[..., None] - np.array(edges)[1:-1]) <= 1e-12 * size
        uncertain = uncertain | near.any(axis=-1)
        total = total * bins + index
    maps = np.array(case["maps"])
    equal(np.where(uncertain, -1, maps), np.where(uncertain, -1, total), "bins of pixels")
    cells = np.prod([bins for _, bins, _ in case["dims"]])
    hits = np.bincount(maps.ravel(), minlength=cells).astype(np.float32)
    equal(case["weights"], (hits / np.float32(len(maps))).astype(float), "weights")


def inside_polygon(x, y, px, py):
    """Winding by angles would not give the even-odd rule, so crossings to the right are counted."""
    inside = False
    for i in range(len(x)):
        x0, y0, x1, y1 = x[i - 1], y[i - 1], x[i], y[i]
        if (y0 > py) != (y1 > py) and px < x0 + (py - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


def on_axis(axis, unit):
    if unit is None:
        return np.arange(axis["bins"], dtype=float)
    edges = np.array(axis["edges"])
    return (edges[1:] + edges[:-1]) / 2 * (1000 if unit == "mm" else 1)


def covered(axis, unit, bounds):
    bins = np.arange(axis["bins"])
    if unit is None:
        return bins[int(bounds[0]) : int(bounds[1])]
    edges = np.array(axis["edges"])
    low, high = np.array(bounds) / (1000 if unit == "mm" else 1)
    return bins[(edges[1:] > low) & (edges[:-1] < high)]


def check_region(case):
    screen_x, screen_y = case["screen_x"], case["screen_y"]
    mask = np.zeros((screen_y["bins"], screen_x["bins"]), dtype=bool)
    if case["shape"] == "rectangle":
        rows = covered(screen_y, case["y_unit"], case["y"])
        columns = covered(screen_x, case["x_unit"], case["x"])
        mask[np.ix_(rows, columns)] = True
    else:
        for i, py in enumerate(on_axis(screen_y, case["y_unit"])):
            for j, px in enumerate(on_axis(screen_x, case["x_unit"])):
                mask[i, j] = inside_polygon(case["x"], case["y"], px, py)
    equal(case["bins"], np.flatnonzero(mask), case["shape"])


def check_view(case):
    bins, times = case["y"] * case["x"], len(case["edges"]) - 1
    weights = np.array(case["weights"])
    in_range = np.ones(times, dtype=bool)
    if case["range"] is not None:
        edges = np.array(case["edges"])
        in_range = (edges[1:] > case["range"][0]) & (edges[:-1] < case["range"][1])
    masks = []
    for region in case["regions"]:
        mask = np.zeros((case["y"], case["x"]), dtype=bool)
        mask[int(region["y"][0]) : int(region["y"][1]), int(region["x"][0]) : int(region["x"][1])] = True
        masks.append(mask.ravel())
    everything = np.zeros((bins, times))
    window = np.zeros((bins, times))
    for number, batch in enumerate(case["batches"]):
        time, pixel = np.array(batch["time"], dtype=float), np.array(batch["pixel"], dtype=int)
        index = pixel - case["first_pixel"]
        table = np.array(case["maps"][number % 3])
        known = (index >= 0) & (index < len(table))
        place = np.where(known, table[np.where(known, index, 0)], -1)
        slot = np.searchsorted(case["edges_ns"], time, side="right") - 1
        good = (place >= 0) & (slot >= 0) & (slot < times)
        np.add.at(window, (place[good], slot[good]), 1)
        if "outputs" not in batch:
            continue
        everything += window
        outputs = batch["outputs"]
        with np.errstate(invalid="ignore", divide="ignore"):
            divide = (lambda image: image / weights) if case["weighted"] else (lambda image: image)
            for name, counts in (("cumulative", everything), ("current", window)):
                got = [np.nan if x is None else x for x in outputs[name]]
                close(got, divide(counts[:, in_range].sum(axis=1)), name)
        for suffix, counts in (("", window), ("_cumulative", everything)):
            equal(outputs["counts_total" + suffix], [counts.sum()], "total")
            equal(outputs["counts_in_toa_range" + suffix], [counts[:, in_range].sum()], "total in range")
        equal(outputs["roi_spectra_cumulative"], np.concatenate([everything[m].sum(axis=0) for m in masks]), "spectra")
        equal(outputs["roi_spectra_current"], np.concatenate([window[m].sum(axis=0) for m in masks]), "window spectra")
        spectrum = everything.reshape(case["y"], case["x"], times).sum(axis=1)
        equal(outputs["spectrum_view"], spectrum.ravel(), "spectrum view")
        window = np.zeros((bins, times))


def check_transform(case):
    elements = np.arange(np.prod(case["sizes"])).reshape(case["sizes"])
    if case["first_form"]:  # a b c -> c a b -> c a0 (a1 b) -> slice c
        a, b, c = case["sizes"]
        shown = elements.transpose(2, 0, 1).reshape(c, 2, a // 2 * b)[case["index"]]
    else:  # a b c -> a b0 b1 c -> b1 c a b0 -> slice c
        a, b, c = case["sizes"]
        shown = elements.reshape(a, b // 3, 3, c).transpose(2, 3, 0, 1)[:, case["index"]]
    expected = np.full(elements.size, -1)
    place = np.arange(shown.size).reshape(shown.shape)
    if case["reduces"]:
        place = np.broadcast_to(np.arange(shown[0].size).reshape(shown[0].shape), shown.shape)
    expected[shown.ravel()] = place.ravel()
    equal(case["target"], expected, "target of a transform")


def rebinned(edges, counts, target):
    """Counts spread evenly over their bins, added up from the left and read off at the target's edges."""
    edges, target = np.array(edges), np.array(target)
    share = np.clip((target[None, :] - edges[:-1, None]) / np.diff(edges)[:, None], 0, 1)
    return np.diff(share, axis=1).T @ np.array(counts)


def check_monitor(case):
    counts, variances = np.zeros((2, len(case["edges"]) - 1))
    for batch in case["batches"]:
        if "time" in batch:
            slot = np.searchsorted(case["edges_ns"], np.array(batch["time"], dtype=float), side="right") - 1
            seen = np.bincount(slot[(slot >= 0) & (slot < len(counts))].astype(int), minlength=len(counts))
            counts, variances = counts + seen, variances + seen
        else:
            counts = counts + rebinned(batch["edges"], batch["counts"], case["edges"])
            variances = variances + rebinned(batch["edges"], batch["variances"], case["edges"])
    # A bin that hardly overlaps is the difference of nearly equal numbers, here or there.
    close(case["cumulative"], counts, "histogram of a monitor", np.maximum(np.abs(counts), 1e6))
    close(case["variances"], variances, "variances of a monitor", np.maximum(np.abs(variances), 1e6))


def check_chain(case):
    points = np.array(case["points"])
    for step in case["steps"]:
        points = points + np.array(step["offset"])
        vector, unit = np.array(step["vector"]), step["unit"]
        if not step["rotation"]:
            points = points + step["value"] * {"m": 1, "cm": 1e-2, "mm": 1e-3}[unit] * vector
            continue
        length = np.linalg.norm(vector)
        angle = step["value"] * length * (np.pi / 180 if unit == "deg" else 1)
        axis = vector / length
        cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        points = points @ turn.T
    close(case["moved"], points, "points that a chain moves", 1 + np.abs(points).max())


CHECKS = {
    "edges": check_edges,
    "ranges": check_range,
    "projections": check_projection,
    "regions": check_region,
    "views": check_view,
    "transforms": check_transform,
    "monitors": check_monitor,
    "chains": check_chain,
}

if __name__ == "__main__":
    run_checks(CHECKS, "200")
