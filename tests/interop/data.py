"""Data of producers, and what the dashboard gets of it, against numpy; one engine with all four services."""
import json

import numpy as np
from streaming_data_types import serialise_ev44, serialise_f144

from stage import INSTRUMENT, PERIOD_NS, SERVICES, SIDE, Failed, coordinate, equal, eventually, image, signal_of, variables

ENGINES = [SERVICES]
EDGES = {"toa_edges": {"start": 0.0, "stop": 70.0, "num_bins": 35, "unit": "ms"}}
NS_EDGES = np.linspace(0.0, 70.0, 36) * 1e6


def view(stage, params=None):
    return stage.start("panel_0_xy", "panel_0", params=params or {})


def total_of(job, n):
    return lambda d: signal_of(d) == n


def everything(n):
    return lambda d: signal_of(d).sum() == n


def the_image_of_a_detector_counts_every_event_in_its_pixel(stage):
    job = view(stage)
    ids, _, _ = stage.send_events()
    stage.close_batches()
    d = stage.settled(job, "cumulative", everything(len(ids)))
    equal(signal_of(d), image(ids), "image")
    equal(variables(d)["signal"].unit, "counts", "unit")


def a_declared_view_folds_the_pixels(stage):
    job = stage.start("panel_0_layers", "panel_0")
    ids, _, _ = stage.send_events()
    stage.close_batches()
    d = stage.settled(job, "cumulative", everything(len(ids)))
    equal(signal_of(d), image(ids).reshape(4, 32, SIDE), "image")
    equal(list(variables(d)["signal"].axes), ["layer", "y", "x"], "axes")


def windows_add_up_to_the_whole(stage):
    job = view(stage)
    ids, _, _ = stage.send_events(pulses=70)
    stage.close_batches()
    stage.settled(job, "counts_total_cumulative", total_of(job, len(ids)))
    windows = [signal_of(d) for _, d in stage.ears.results(job, "current")]
    equal(sum(windows), image(ids), "sum of the windows")
    equal(sum(signal_of(d) for _, d in stage.ears.results(job, "counts_total")), len(ids), "sum of the totals")
    if len(windows) < 3:
        raise Failed(f"only {len(windows)} windows for 5 s of data")


def totals_in_a_range_of_arrival_times(stage):
    job = view(stage, {**EDGES, "toa_range": {"enabled": True, "start": 10.0, "stop": 20.0, "unit": "ms"}})
    ids, toa, _ = stage.send_events()
    stage.close_batches()
    inside = np.count_nonzero((toa >= NS_EDGES[0]) & (toa < NS_EDGES[-1]))
    d = stage.settled(job, "counts_total_cumulative", lambda d: signal_of(d) == inside or signal_of(d) == len(ids))
    d = stage.ears.results(job, "counts_in_toa_range_cumulative")[-1][1]
    equal(signal_of(d), np.count_nonzero((toa >= 10e6) & (toa < 20e6)), "total in range")


def what_lies_outside_is_not_counted(stage):
    job = view(stage)
    ids, _, _ = stage.send_events(low=-500, high=SIDE * SIDE + 500)
    stage.close_batches()
    known = ids[(ids >= 1) & (ids <= SIDE * SIDE)]
    d = stage.settled(job, "cumulative", everything(len(known)))
    equal(signal_of(d), image(known), "image")


def the_key_of_a_result_is_exact(stage):
    job = view(stage)
    ids, _, _ = stage.send_events()
    stage.close_batches()
    stage.settled(job, "cumulative", everything(len(ids)))
    for key, d in stage.ears.results(job):
        expected = {"workflow_id": {"instrument": INSTRUMENT, "name": "panel_0_xy", "version": 1},
                    "job_id": {"source_name": job[0], "job_number": job[1]}, "output_name": key["output_name"]}
        equal(d.source_name, json.dumps(expected, separators=(",", ":")), "source name")


def results_have_the_times_of_their_data(stage):
    job = view(stage)
    _, _, times = stage.send_events(pulses=70)
    stage.close_batches()
    stage.settled(job, "counts_total_cumulative", total_of(job, 70 * 200))
    whole = [d for _, d in stage.ears.results(job, "cumulative")]
    starts = {int(coordinate(d, "start_time")) for d in whole}
    equal(len(starts), 1, "different starts of a job")
    equal({d.timestamp_ns for d in whole}, starts, "time stamps")
    if not starts.pop() <= times[0]:
        raise Failed("the job starts after its first pulse")
    ends = [int(coordinate(d, "time")) for d in whole]
    equal(ends, sorted(ends), "ends")
    for _, d in stage.ears.results(job, "current"):
        v = variables(d)
        equal((v["time"].unit, list(v["time"].axes), np.asarray(v["time"].data).dtype.kind), ("ns", [], "i"), "time")
        equal(d.timestamp_ns, whole[0].timestamp_ns, "time stamp of a window")
    windows = [d for _, d in stage.ears.results(job, "current")]
    for earlier, later in zip(windows, windows[1:]):
        if int(coordinate(later, "start_time")) < int(coordinate(earlier, "time")):
            raise Failed("windows overlap")


def outputs_are_named_by_their_titles(stage):
    job = view(stage)
    ids, _, _ = stage.send_events()
    stage.close_batches()
    stage.settled(job, "cumulative", everything(len(ids)))
    eventually("results", lambda: stage.ears.results(job, "roi_polygon"))
    titles = {key["output_name"]: variables(d)["signal"].label for key, d in stage.ears.results(job)}
    expected = {"cumulative": "Image", "current": "Image update", "counts_total_cumulative": "Total",
                "counts_total": "Total (update)", "counts_in_toa_range_cumulative": "Total in range",
                "counts_in_toa_range": "Total in range (update)", "roi_rectangle": "ROI Rectangles (readback)",
                "roi_polygon": "ROI Polygons (readback)"}
    equal({k: v for k, v in titles.items() if k in expected}, expected, "titles")


def results_have_no_key_and_no_headers(stage):
    job = view(stage)
    ids, _, _ = stage.send_events()
    stage.close_batches()
    stage.settled(job, "cumulative", everything(len(ids)))
    for m in eventually("results", lambda: stage.ears.envelopes("livedata_data")):
        equal((m.key(), m.headers()), (None, None), "key and headers")


def two_jobs_see_the_same_events(stage):
    jobs = [view(stage), stage.start("panel_0_layers", "panel_0")]
    ids, _, _ = stage.send_events()
    stage.close_batches()
    images = [signal_of(stage.settled(job, "cumulative", everything(len(ids)))).ravel() for job in jobs]
    equal(images[0], images[1], "images")


def a_job_sees_nothing_from_before_its_start(stage):
    early = view(stage)
    before, _, _ = stage.send_events()
    stage.close_batches()
    stage.settled(early, "cumulative", everything(len(before)))
    job = view(stage)
    after, _, _ = stage.send_events()
    stage.close_batches()
    equal(signal_of(stage.settled(job, "cumulative", everything(len(after)))), image(after), "image of the late job")
    equal(signal_of(stage.settled(early, "cumulative", everything(len(before) + len(after)))),
          image(np.concatenate([before, after])), "image of the early job")


def a_reset_forgets_and_begins_a_new_generation(stage):
    job = view(stage)
    before, _, _ = stage.send_events()
    stage.close_batches()
    first = stage.settled(job, "cumulative", everything(len(before)))
    stage.one_ack(stage.act("reset", job), "/".join(job))
    after, _, times = stage.send_events()
    stage.close_batches()
    second = stage.settled(job, "cumulative",
                           lambda d: d.timestamp_ns != first.timestamp_ns and signal_of(d).sum() == len(after))
    equal(signal_of(second), image(after), "image after the reset")
    if not int(coordinate(first, "time")) <= int(coordinate(second, "start_time")) <= times[0]:
        raise Failed("the new generation starts at a wrong time")


def totals_of_devices_go_to_the_control_program(stage):
    job = view(stage)
    ids, _, _ = stage.send_events()
    stage.close_batches()
    d = stage.settled(job, "counts_total_cumulative", total_of(job, len(ids)))

    def same():
        return [n for key, n in stage.ears.results(name="livedata_nicos_data") if key == "panel_0_counts_total"
                and n.timestamp_ns == d.timestamp_ns and signal_of(n) == len(ids)]

    n = eventually("the device", same)[0]
    equal(coordinate(n, "end_time"), coordinate(n, "time"), "end time")
    equal(coordinate(n, "start_time"), n.timestamp_ns, "start time")
    if "end_time" in variables(d):
        raise Failed("the result itself has an end_time")


# ---- monitors

def the_histogram_of_a_monitor_counts_every_event(stage):
    job = stage.start("monitor_histogram", "monitor1", params=EDGES)
    _, toa, _ = stage.send_events("monitor1")
    stage.close_batches()
    expected, _ = np.histogram(toa[toa < NS_EDGES[-1]], NS_EDGES)
    d = stage.settled(job, "cumulative", everything(expected.sum()))
    equal(signal_of(d), expected.astype(float), "histogram")
    equal(np.allclose(coordinate(d, "time_of_arrival"), NS_EDGES / 1e6), True, "edges")
    equal(variables(d)["time_of_arrival"].unit, "ms", "unit of the edges")


def monitors_do_not_mix(stage):
    jobs = [stage.start("monitor_histogram", m) for m in ("monitor1", "monitor2")]
    n = [len(stage.send_events(m, events=events)[0]) for m, events in (("monitor1", 10), ("monitor2", 30))]
    stage.close_batches()
    for job, count in zip(jobs, n):
        stage.settled(job, "counts_total_cumulative", total_of(job, count))


def the_totals_of_a_monitor_in_a_range(stage):
    params = {**EDGES, "toa_range": {"enabled": True, "start": 6.0, "stop": 26.0, "unit": "ms"}}
    job = stage.start("monitor_histogram", "monitor2", params=params)
    _, toa, _ = stage.send_events("monitor2")
    stage.close_batches()
    stage.settled(job, "counts_in_toa_range_cumulative",
                  total_of(job, np.count_nonzero((toa >= 6e6) & (toa < 26e6))))


def a_monitor_takes_several_pulses_and_needs_no_pixels(stage):
    job = stage.start("monitor_histogram", "monitor1")
    t = stage.pulse()
    toa = np.array([1, 2, 3], dtype=np.int32)
    stage.send("beam_monitor", serialise_ev44("monitor1", 0, [t - PERIOD_NS, t], [0, 1], toa, np.array([], np.int32)))
    stage.close_batches()
    stage.settled(job, "counts_total_cumulative", total_of(job, 3))


# ---- logs

def a_log_comes_out_as_it_came_in(stage):
    job = stage.start("timeseries_data", "motion1")
    sent = [(stage.send_log("motion1", v), v) for v in (1.5, 2.5, -3.0)]
    later = stage.pulse() + 4_000_000_000

    def seen():
        points = {}
        for _, d in stage.ears.results(job, "delta"):
            for t, v in zip(np.atleast_1d(coordinate(d, "time")), np.atleast_1d(signal_of(d))):
                points[int(t)] = float(v)
        return points

    stage.send_log("motion1", 9.0, later)
    stage.let_time_pass(5)
    eventually("the samples", lambda: set(dict(sent)).issubset(seen()))
    equal({t: v for t, v in seen().items() if t in dict(sent)}, dict(sent), "samples")
    d = stage.ears.results(job, "delta")[0][1]
    equal(variables(d)["time"].unit, "datetime64[ns]", "unit of time")
    equal(variables(d)["signal"].unit, "mm", "unit of the log")
    equal("start_time" in variables(d), False, "start_time of a series")


def a_sample_that_is_sent_again_gives_nothing_new(stage):
    job = stage.start("timeseries_data", "motion2")
    t = stage.send_log("motion2", 4.0)
    eventually("the sample", lambda: any(t in np.atleast_1d(coordinate(d, "time"))
                                         for _, d in stage.ears.results(job, "delta")))
    for _ in range(3):
        stage.send_log("motion2", 4.0, t)
    last = stage.send_log("motion2", 5.0, t + 1_000)
    eventually("the next sample", lambda: any(last in np.atleast_1d(coordinate(d, "time"))
                                              for _, d in stage.ears.results(job, "delta")))
    times = [int(x) for _, d in stage.ears.results(job, "delta") for x in np.atleast_1d(coordinate(d, "time"))]
    equal(times.count(t), 1, "how often a sample came")


def alarms_and_lists_among_logs_harm_nothing(stage):
    job = stage.start("timeseries_data", "motion1")
    stage.send("motion", b"\x00\x00\x00\x00al00" + bytes(20))
    stage.send("motion", b"\x00\x00\x00\x00ep01" + bytes(20))
    stage.send("motion", serialise_f144("motion1", np.array([1.0, 2.0]), stage.pulse()))
    t = stage.send_log("motion1", 7.25)
    eventually("the sample", lambda: any(t in np.atleast_1d(coordinate(d, "time"))
                                         for _, d in stage.ears.results(job, "delta")))


# ---- frames

def frames_are_added(stage):
    job = stage.start("area_panel_xy", "area_panel")
    frames = [stage.rng.integers(0, 65_536, (8, 6)).astype(np.uint16) for _ in range(28)]
    for frame in frames:
        stage.send_frame(frame)
    for _ in range(56):
        stage.send_frame(np.zeros((8, 6), dtype=np.uint16))
    expected = np.sum([f.astype(float) for f in frames], axis=0)
    d = stage.settled(job, "cumulative", everything(expected.sum()))
    equal(signal_of(d).astype(float), expected, "sum of the frames")


# ---- regions of interest

def spectrum_of(toa, mask):
    counts, _ = np.histogram(toa[mask & (toa < NS_EDGES[-1])], NS_EDGES)
    return counts.astype(float)


def inside_rectangle(ids, x, y):
    column, row = (ids - 1) % SIDE, (ids - 1) // SIDE
    return (column >= x[0]) & (column < x[1]) & (row >= y[0]) & (row < y[1])


def rectangles_give_spectra_and_are_read_back(stage):
    job = view(stage, EDGES)
    stage.send_roi(job, "rectangle", {0: [(10, 20), (50, 60)], 2: [(0, 0), (128, 128)]})
    ids, toa, _ = stage.send_events()
    stage.close_batches()
    stage.settled(job, "counts_total_cumulative", lambda d: signal_of(d) > 0 and stage.ears.results(
        job, "roi_spectra_cumulative") and signal_of(stage.ears.results(job, "roi_spectra_cumulative")[-1][1])[1].sum()
        == spectrum_of(toa, ids > 0).sum())
    d = stage.ears.results(job, "roi_spectra_cumulative")[-1][1]
    equal(signal_of(d)[0], spectrum_of(toa, inside_rectangle(ids, (10, 50), (20, 60))), "spectrum of region 0")
    equal(signal_of(d)[1], spectrum_of(toa, ids > 0), "spectrum of region 2")
    equal(list(coordinate(d, "roi")), [0, 2], "regions")
    back = variables(stage.ears.results(job, "roi_rectangle")[-1][1])
    equal(list(back["x"].data), [10, 50, 0, 128], "x")
    equal(list(back["y"].data), [20, 60, 0, 128], "y")
    equal(list(back["roi_index"].data), [0, 0, 2, 2], "index")
    equal(list(back["signal"].axes), ["bounds"], "axes")


def polygons_give_spectra(stage):
    job = view(stage, EDGES)
    # The pixels with indices 10 to 19 in x and 30 to 49 in y.
    stage.send_roi(job, "polygon", {4: [(9.5, 29.5), (19.5, 29.5), (19.5, 49.5), (9.5, 49.5)]})
    ids, toa, _ = stage.send_events(events=2000)
    stage.close_batches()
    expected = spectrum_of(toa, inside_rectangle(ids, (10, 20), (30, 50)))
    d = stage.settled(job, "roi_spectra_cumulative",
                      lambda d: len(signal_of(d)) == 1 and signal_of(d).sum() == expected.sum())
    equal(signal_of(d)[0], expected, "spectrum")
    equal(list(coordinate(d, "roi")), [4], "regions")


def without_regions_the_readback_is_empty(stage):
    job = view(stage, EDGES)
    stage.send_events()
    stage.close_batches()
    d = eventually("a readback", lambda: stage.ears.results(job, "roi_rectangle"))[-1][1]
    for name in ("signal", "x", "y", "roi_index"):
        equal(len(variables(d)[name].data), 0, name)
    equal(list(variables(d)["signal"].axes), ["bounds"], "axes")


def a_request_may_come_before_its_job(stage):
    number = "11111111-2222-4333-8444-" + f"{stage.pulse() % 10**12:012d}"
    stage.send_roi(("panel_0", number), "rectangle", {1: [(0, 0), (10, 10)]})
    stage.send_events(events=5)
    stage.close_batches()
    job = stage.start("panel_0_xy", "panel_0", number=number, params=EDGES)
    stage.send_events()
    stage.close_batches()
    d = stage.settled(job, "roi_rectangle", lambda d: len(variables(d)["x"].data) == 2)
    equal(list(variables(d)["x"].data), [0, 10], "x")


def regions_can_be_taken_back(stage):
    job = view(stage, EDGES)
    stage.send_roi(job, "rectangle", {0: [(0, 0), (10, 10)]})
    stage.send_events()
    stage.close_batches()
    stage.settled(job, "roi_rectangle", lambda d: len(variables(d)["x"].data) == 2)
    n = len(stage.ears.results(job, "roi_rectangle"))
    stage.send_roi(job, "rectangle", {}, unit="dimensionless")
    stage.send_events()
    stage.close_batches()
    eventually("an empty readback", lambda: any(len(variables(d)["x"].data) == 0
                                                for _, d in stage.ears.results(job, "roi_rectangle")[n:]))


# ---- bad messages among good ones

def bad_messages_harm_nothing(stage):
    job = view(stage)
    monitor = stage.start("monitor_histogram", "monitor1")
    pixel = np.array([5, 6], dtype=np.int32)
    good = serialise_ev44("panel_0", 0, [stage.pulse()], [0], pixel, pixel)
    bad = [b"", b"x", bytes(12), bytes(range(256)) * 4, b"xxxxzzzz", good[: len(good) // 2],
           good.replace(b"ev44", b"ev43"),
           serialise_ev44("panel_0", 0, [1, 2], [0, 1], pixel, pixel),
           serialise_ev44("panel_0", 0, [1], [1], pixel, pixel),
           serialise_ev44("panel_0", 0, [1], [0], pixel, pixel[:1]),
           serialise_ev44("unknown", 0, [1], [0], pixel, pixel),
           serialise_f144("panel_0", 5.0, 1), None]
    ids = []
    for b in bad:
        for name in ("detector", "beam_monitor", "motion", "area_detector", "livedata_roi", "livedata_commands"):
            if name == "beam_monitor" and b and b[4:8] == b"ev44" and b"unknown" not in b:
                continue
            stage.send(name, b)
        ids.append(stage.send_events(pulses=4)[0])
        stage.send_events("monitor1", pulses=2, events=3)
    stage.close_batches()
    ids = np.concatenate(ids)
    d = stage.settled(job, "cumulative", everything(len(ids)))
    equal(signal_of(d), image(ids), "image")
    stage.settled(monitor, "counts_total_cumulative", total_of(monitor, len(bad) * 6))


def ten_million_bytes_in_one_message(stage):
    job = view(stage)
    ids, _, _ = stage.send_events(pulses=1, events=1_250_000)
    stage.close_batches()
    d = stage.settled(job, "cumulative", everything(len(ids)))
    equal(signal_of(d), image(ids), "image")


SCENARIOS = [v for v in list(globals().values()) if callable(v) and getattr(v, "__module__", None) == __name__
             and v.__name__ not in ("view", "total_of", "everything", "spectrum_of", "inside_rectangle")]
