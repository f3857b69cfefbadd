"""What services say of themselves and their jobs."""
import time
import uuid

import numpy as np
from streaming_data_types import serialise_ev44

from stage import INSTRUMENT, Failed, equal, eventually, topic

ENGINES = [["detector_data", "monitor_data"]]


def messages(stage):
    engine = stage.engines[0]
    return [(s, j) for s, j in stage.ears.statuses() if s.process_id == engine.process.pid]


def a_service_says_who_it_is(stage):
    for service in stage.engines[0].services:
        s, j = next((s, j) for s, j in messages(stage) if j["message"].get("service_name") == service)
        m = j["message"]
        equal(s.service_id, f"{INSTRUMENT}:{service}:{m['worker_id']}", "service id")
        uuid.UUID(m["worker_id"])
        equal(s.software_name, "livedata", "software")
        equal(s.update_interval, 2000, "interval")
        equal((j["status"], m["state"], m["error"]), (200, "running", None), "state")
        equal(m["instrument"], INSTRUMENT, "instrument")
        if not time.time_ns() - 600_000_000_000 < m["started_at"] <= time.time_ns():
            raise Failed(f"started at {m['started_at']}")
        if not m["batch_interval_s"] > 0:
            raise Failed(f"batch interval {m['batch_interval_s']}")


def statuses_come_every_two_seconds(stage):
    ears = stage.ears
    n = len(ears.service_statuses("detector_data"))
    eventually("five statuses", lambda: len(ears.service_statuses("detector_data")) >= n + 5)
    times = [m.timestamp()[1] for m in ears.envelopes("livedata_heartbeat")
             if b'"service_name":"detector_data"' in m.value()]
    steps = np.diff(times)[-4:] / 1000
    if not (np.all(steps > 1.5) and np.all(steps < 4)):
        raise Failed(f"steps of {steps} s")


def jobs_are_counted_and_told_one_by_one(stage):
    before = stage.ears.service_statuses("detector_data")[-1]["message"]["active_job_count"]
    jobs = [stage.start("panel_0_xy", "panel_0") for _ in range(3)]
    eventually("three jobs more", lambda: stage.ears.service_statuses("detector_data")[-1]["message"][
        "active_job_count"] == before + 3)
    for job in jobs:
        s = eventually("its status", lambda: [s for s, _ in messages(stage) if s.service_id == ":".join(job)])[0]
        equal(s.update_interval, 1000, "interval")
        stage.one_ack(stage.act("stop", job), "/".join(job))
    eventually("none of them", lambda: stage.ears.service_statuses("detector_data")[-1]["message"][
        "active_job_count"] == before)


def a_job_goes_from_scheduled_to_active_with_its_times(stage):
    job = stage.start("panel_0_xy", "panel_0")
    eventually("scheduled", lambda: [j for j in stage.ears.job_statuses(job) if j["message"]["state"] == "scheduled"])
    stage.send_events()
    stage.close_batches()
    j = eventually("active", lambda: [j for j in stage.ears.job_statuses(job) if j["message"]["state"] == "active"
                                      and j["message"]["start_time"]])[-1]
    equal(j["status"], 200, "status code")
    if not j["message"]["start_time"] < j["message"]["end_time"]:
        raise Failed(str(j))
    equal(stage.ears.results(job)[0][1].timestamp_ns, j["message"]["start_time"], "start time")
    # The window that is open is given out when nothing has come for a while; after that there is nothing to be had.
    time.sleep(6)
    stage.one_ack(stage.act("reset", job), "/".join(job))
    eventually("no times after a reset", lambda: stage.ears.job_statuses(job)[-1]["message"]["start_time"] is None)


def streams_are_counted_every_half_minute(stage):
    engine = stage.engines[0]
    pixel = np.array([1], dtype=np.int32)
    ears = stage.ears

    def counted():
        sums = {}
        for j in ears.service_statuses("detector_data", engine.process.pid):
            stats = j["message"]["stream_stats"]
            for s in stats["streams"] if stats else []:
                key = (s["topic"], s["source_name"], s["stream"])
                sums[key] = sums.get(key, 0) + s["count"]
        return sums

    for _ in range(7):
        stage.send("detector", serialise_ev44("nobody", 0, [stage.pulse()], [0], pixel, pixel))
    for _ in range(3):
        stage.send("detector", b"noise that is no message")
    stage.send_events(pulses=14)
    expected = {(topic("detector"), "nobody", None): 7, (topic("detector"), "<error>", None): 3}
    eventually("the counts", lambda: all(counted().get(k) == n for k, n in expected.items()), 90)
    if not counted().get((topic("detector"), "panel_0", "panel_0"), 0) >= 14:
        raise Failed(str(counted()))
    with_stats = [j for j in ears.service_statuses("detector_data", engine.process.pid) if j["message"]["stream_stats"]]
    for j in with_stats:
        streams = j["message"]["stream_stats"]["streams"]
        names = [(s["topic"], s["source_name"]) for s in streams]
        equal(names, sorted(names), "order")
        equal([n for n in names if n[0] == topic("beam_monitor")], [], "streams of another service")


def at_the_end_all_are_stopped_and_said_so_once(stage):
    job = stage.start("panel_0_xy", "panel_0")
    engine = stage.engines[0]
    equal(engine.stop(), 0, "exit code")
    last = eventually("the last status", lambda: [j for j in stage.ears.job_statuses(job)
                                                  if j["message"]["state"] == "stopped"])
    equal([j["status"] for j in last], [999], "last statuses of the job")
    for service in engine.services:
        stopped = eventually("the last status", lambda: [
            j for j in stage.ears.service_statuses(service, engine.process.pid) if j["message"]["state"] == "stopped"])
        equal([j["status"] for j in stopped], [235], "last statuses of the service")


SCENARIOS = [a_service_says_who_it_is, statuses_come_every_two_seconds, jobs_are_counted_and_told_one_by_one,
             a_job_goes_from_scheduled_to_active_with_its_times, streams_are_counted_every_half_minute,
             at_the_end_all_are_stopped_and_said_so_once]
