"""Starts and stops of runs: they reset jobs where that is wanted."""
import numpy as np

from stage import coordinate, equal, image, signal_of

ENGINES = [["detector_data", "timeseries", "--run-control"]]


def whole(stage, job, ids):
    return stage.settled(job, "cumulative", lambda d: signal_of(d).sum() == len(ids))


def reset_by(stage, send):
    """A job counts anew from the time of a run transition that `send` sends."""
    job = stage.start("panel_0_xy", "panel_0")
    before, _, _ = stage.send_events()
    stage.close_batches()
    first = whole(stage, job, before)
    send(stage.pulse())
    stage.fence()
    after, _, _ = stage.send_events()
    stage.close_batches()
    second = stage.settled(job, "cumulative", lambda d: d.timestamp_ns != first.timestamp_ns
                           and signal_of(d).sum() == len(after))
    equal(signal_of(second), image(after), "image of the run")


def a_run_start_resets_jobs_at_its_time(stage):
    reset_by(stage, stage.send_run_start)


def a_run_stop_resets_jobs_at_its_time(stage):
    reset_by(stage, stage.send_run_stop)


def a_run_that_lies_ahead_resets_nothing_yet(stage):
    job = stage.start("panel_0_xy", "panel_0")
    stage.send_run_start(stage.pulse() + 3_600_000_000_000)
    before, _, _ = stage.send_events()
    stage.close_batches()
    whole(stage, job, before)
    after, _, _ = stage.send_events()
    stage.close_batches()
    d = whole(stage, job, np.concatenate([before, after]))
    equal({int(coordinate(r, "start_time")) for _, r in stage.ears.results(job, "cumulative")},
          {int(coordinate(d, "start_time"))}, "generations")


def what_is_no_run_message_harms_nothing(stage):
    for bad in (b"", b"noise", b"\x00\x00\x00\x00wrdn" + bytes(40)):
        stage.send("filewriter", bad)
    a_run_start_resets_jobs_at_its_time(stage)


SCENARIOS = [v for v in list(globals().values()) if callable(v) and getattr(v, "__module__", None) == __name__
             and v not in (whole, reset_by)]
