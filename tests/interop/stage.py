"""What plays the field's part around an engine: producers, and the dashboard with its commands and its ears.

All messages are written and read by the field's own library; none of our code is in it.
"""
import json
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections import defaultdict

import numpy as np
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from streaming_data_types import (
    deserialise_da00,
    deserialise_x5f2,
    serialise_6s4t,
    serialise_ad00,
    serialise_da00,
    serialise_ev44,
    serialise_f144,
    serialise_pl72,
)
from streaming_data_types.dataarray_da00 import Variable

INSTRUMENT = "dummy"
SERVICES = ["detector_data", "monitor_data", "data_reduction", "timeseries"]
PATIENCE = 120.0
PERIOD_NS = 1_000_000_000 // 14
SIDE = 128


class Failed(AssertionError):
    pass


def topic(name):
    return f"{INSTRUMENT}_{name}"


def eventually(what, condition, patience=PATIENCE):
    """The first true value of the condition."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.02)


def equal(got, expected, what=""):
    if isinstance(got, np.ndarray) or isinstance(expected, np.ndarray):
        same = np.array_equal(got, expected)
    else:
        same = got == expected
    if not same:
        raise Failed(f"{what}: got {got!r}, expected {expected!r}")


class Ears:
    """Hears everything that services say, from the moment of making on."""

    def __init__(self, broker):
        names = [topic(n) for n in ("livedata_responses", "livedata_data", "livedata_heartbeat", "livedata_nicos_data")]
        self._consumer = Consumer({"bootstrap.servers": broker, "group.id": f"dashboard_{uuid.uuid4()}",
                                   "enable.auto.commit": False, "fetch.wait.max.ms": 50})
        self._consumer.assign([TopicPartition(n, 0, self._end_of(n)) for n in names])
        self._lock = threading.Lock()
        self._heard = defaultdict(list)
        # What was heard, read once: by topic, as far as it has been asked for.
        self._read = defaultdict(list)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _end_of(self, name):
        def end():
            try:
                return (self._consumer.get_watermark_offsets(TopicPartition(name, 0), 10)[1],)
            except KafkaException:
                return None

        return eventually(f"the end of topic {name}", end)[0]

    def _listen(self):
        while not self._stop.is_set():
            for m in self._consumer.consume(200, 0.05):
                if m.error():
                    continue
                with self._lock:
                    self._heard[m.topic()].append(m)

    def _all(self, name):
        with self._lock:
            return list(self._heard[topic(name)])

    def _all_read(self, name, read):
        """All messages of a topic, each read by `read` once."""
        done = self._read[name]
        done.extend(read(m.value()) for m in self._all(name)[len(done):])
        return list(done)

    def close(self):
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def answers(self):
        return self._all_read("livedata_responses", json.loads)

    def answers_to(self, message_id):
        return [a for a in self.answers() if a["message_id"] == message_id]

    def results(self, job=None, output=None, name="livedata_data"):
        """Messages as (key, da00), oldest first; `job` is (source, number)."""
        def read(payload):
            d = deserialise_da00(payload)
            return json.loads(d.source_name) if d.source_name.startswith("{") else d.source_name, d

        out = []
        for key, d in self._all_read(name, read):
            if job and (key["job_id"]["source_name"], key["job_id"]["job_number"]) != job:
                continue
            if output and key["output_name"] != output:
                continue
            out.append((key, d))
        return out

    def envelopes(self, name):
        return self._all(name)

    def statuses(self):
        """All status messages as (x5f2, parsed JSON)."""
        def read(payload):
            s = deserialise_x5f2(payload)
            return s, json.loads(s.status_json)

        return self._all_read("livedata_heartbeat", read)

    def job_statuses(self, job):
        return [j for s, j in self.statuses() if j["message"]["message_type"] == "job"
                and s.service_id == f"{job[0]}:{job[1]}"]

    def service_statuses(self, service, pid=None):
        return [j for s, j in self.statuses() if j["message"]["message_type"] == "service"
                and j["message"]["service_name"] == service and (pid is None or s.process_id == pid)]


class Engine:
    def __init__(self, program, broker, services, *options):
        self.services = services
        self._log = tempfile.NamedTemporaryFile(prefix="livedata-", suffix=".log", mode="w+")
        self.process = subprocess.Popen(
            [program, f"--instrument={INSTRUMENT}", "--dev", "--source=kafka", f"--bootstrap-servers={broker}",
             f"--services={','.join(services)}", "--job-set=none", "--display=none", *options],
            stdout=self._log, stderr=subprocess.STDOUT)

    def log(self):
        with open(self._log.name) as f:
            return f.read()

    def wait_until_running(self, ears):
        def running():
            if self.process.poll() is not None:
                raise Failed(f"the engine ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            return all(ears.service_statuses(s, self.process.pid) for s in self.services)

        eventually(f"the first status of {', '.join(self.services)}", running)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Stage:
    """One broker, some engines, the dashboard, the producers."""

    def __init__(self, program, broker):
        self.program = program
        self.broker = broker
        self.engines = []
        self.ears = Ears(broker)
        self._producer = Producer({"bootstrap.servers": broker, "linger.ms": 0, "message.max.bytes": 100_000_000})
        self.rng = np.random.default_rng(17)
        # Data time of the next pulse: some while ago, so that it does not run ahead of the wall.
        self._pulse = (int(time.time()) - 3600) * 14

    def start_engine(self, services, *options):
        engine = Engine(self.program, self.broker, services, *options)
        self.engines.append(engine)
        engine.wait_until_running(self.ears)
        return engine

    def close(self):
        for e in self.engines:
            e.kill()
        self.ears.close()

    # ---- the dashboard

    def send(self, name, value):
        self._producer.produce(topic(name), value)
        self._producer.poll(0)

    def flush(self):
        if self._producer.flush(PATIENCE):
            raise Failed("the broker does not take messages")

    def command(self, **fields):
        """Sends a command as it is, and gives its message id."""
        self.send("livedata_commands", json.dumps(fields))
        self.flush()
        return fields.get("message_id")

    def start_command(self, workflow, source, number=None, message_id=None, **more):
        number = number or str(uuid.uuid4())
        message_id = message_id or str(uuid.uuid4())
        self.command(**{
            "kind": "workflow_config",
            "identifier": {"instrument": INSTRUMENT, "name": workflow, "version": 1},
            "message_id": message_id,
            "job_id": {"source_name": source, "job_number": number},
            "schedule": {"start_time": None, "end_time": None},
            "aux_source_names": {},
            "params": {}, **more})
        return message_id, (source, number)

    def start(self, workflow, source, **more):
        """Starts a job and sees it acknowledged."""
        message_id, job = self.start_command(workflow, source, **more)
        equal(self.answers(message_id, 1), [{"message_id": message_id, "device": source, "response": "ACK",
                                             "message": None}], "answer to a start")
        return job

    def act(self, action, job=None, workflow=None):
        message_id = str(uuid.uuid4())
        self.command(kind="job_command", message_id=message_id, action=action,
                     job_id=job and {"source_name": job[0], "job_number": job[1]}, workflow_id=workflow)
        return message_id

    def answers(self, message_id, n):
        """The answers to a command: at least so many come, and when commands sent later are done, not more."""
        eventually(f"{n} answers to a command", lambda: len(self.ears.answers_to(message_id)) >= n)
        self.fence()
        got = self.ears.answers_to(message_id)
        if len(got) != n:
            raise Failed(f"{len(got)} answers instead of {n}: {got}")
        return got

    def one_error(self, message_id):
        (answer,) = self.answers(message_id, 1)
        equal(answer["response"], "ERR", "response")
        return answer["message"]

    def one_ack(self, message_id, device):
        equal(self.answers(message_id, 1),
              [{"message_id": message_id, "device": device, "response": "ACK", "message": None}], "answer")

    def silence(self, message_id):
        self.fence()
        equal(self.ears.answers_to(message_id), [], "answers where there should be none")

    # A job for each service that can be had at once.
    FENCES = {"detector_data": ("panel_0_xy", "panel_0"), "monitor_data": ("monitor_histogram", "monitor1"),
              "timeseries": ("timeseries_data", "motion1")}

    def fence(self):
        """Returns when every running service has done all commands so far: commands are done in their order."""
        for e in self.engines:
            if e.process.poll() is not None:
                continue
            for service in e.services:
                if service not in self.FENCES:
                    continue
                workflow, source = self.FENCES[service]
                message_id, job = self.start_command(workflow, source)
                eventually("the fence", lambda: self.ears.answers_to(message_id))
                stop = self.act("stop", job)
                eventually("the fence", lambda: self.ears.answers_to(stop))

    # ---- producers

    def pulse(self):
        t = self._pulse * 1_000_000_000 // 14
        self._pulse += 1
        return t

    def let_time_pass(self, seconds):
        self._pulse += 14 * seconds

    def send_events(self, source="panel_0", pulses=28, events=200, low=1, high=SIDE * SIDE):
        """Pulses of random events; gives all pixel ids, arrival times and pulse times."""
        name = "detector" if source.startswith("panel") else "beam_monitor"
        ids, toas, times = [], [], []
        for _ in range(pulses):
            t = self.pulse()
            pixel = self.rng.integers(low, high + 1, events, dtype=np.int32)
            toa = self.rng.integers(0, 71_000_000, events, dtype=np.int32)
            self.send(name, serialise_ev44(source, 0, [t], [0], toa, pixel))
            ids.append(pixel)
            toas.append(toa)
            times.append(t)
        self.flush()
        return np.concatenate(ids), np.concatenate(toas), np.array(times)

    def close_batches(self, sources=("panel_0", "monitor1", "monitor2")):
        """Lets time pass for all sources, without events, so that what was sent is worked on."""
        for _ in range(56):
            t = self.pulse()
            for source in sources:
                name = "detector" if source.startswith("panel") else "beam_monitor"
                empty = np.array([], dtype=np.int32)
                self.send(name, serialise_ev44(source, 0, [t], [0], empty, empty))
        self.flush()

    def send_histogram(self, source, edges, counts):
        self.send("beam_monitor", serialise_da00(source, self.pulse(), [
            Variable("signal", np.asarray(counts), ["time_of_arrival"], unit="counts", label="counts"),
            Variable("time_of_arrival", np.asarray(edges), ["time_of_arrival"], unit="ns")]))

    def send_log(self, source, value, t=None):
        t = self.pulse() if t is None else t
        self.send("motion", serialise_f144(source, value, t))
        self.flush()
        return t

    def send_frame(self, frame, source="area_panel"):
        self.send("area_detector", serialise_ad00(source, 0, self.pulse(), frame))
        self.flush()

    def send_roi(self, job, kind, regions, unit=None):
        """Regions by index: lists of (x, y)."""
        dim = "bounds" if kind == "rectangle" else "vertex"
        x = np.array([p[0] for points in regions.values() for p in points], dtype=np.float64)
        y = np.array([p[1] for points in regions.values() for p in points], dtype=np.float64)
        index = np.array([i for i, points in regions.items() for _ in points], dtype=np.int32)
        self.send("livedata_roi", serialise_da00(f"{job[0]}/{job[1]}/roi_{kind}", 0, [
            Variable("signal", np.ones(len(x), dtype=np.int32), [dim], unit="dimensionless", label=""),
            Variable("x", x, [dim], unit=unit), Variable("y", y, [dim], unit=unit),
            Variable("roi_index", index, [dim], unit="dimensionless")]))
        self.flush()

    def send_run_start(self, t_ns, stop_ns=None):
        self.send("filewriter", serialise_pl72("job", "f.nxs", t_ns // 1_000_000,
                                               0 if stop_ns is None else stop_ns // 1_000_000, "run 1"))
        self.flush()

    def send_run_stop(self, t_ns):
        self.send("filewriter", serialise_6s4t("job", "run 1", "", "command", t_ns // 1_000_000))
        self.flush()

    # ---- results

    def settled(self, job, output, condition):
        """The first result of an output that fulfils the condition."""
        def found():
            return next((d for _, d in self.ears.results(job, output) if condition(d)), None)

        try:
            return eventually(f"{output} of {job}", found)
        except Failed as e:
            last = self.ears.results(job, output)[-1:]
            status = self.ears.job_statuses(job)[-1:]
            raise Failed(f"{e}; last of {len(self.ears.results(job, output))} results: "
                         f"{last and signal_of(last[0][1])}; status: {status}") from None


def variables(d):
    return {v.name: v for v in d.data}


def signal_of(d):
    v = variables(d)["signal"]
    return np.reshape(v.data, v.shape) if len(v.shape) else np.ravel(v.data)[0]


def coordinate(d, name):
    v = variables(d)[name]
    return np.reshape(v.data, v.shape) if len(v.shape) else np.ravel(v.data)[0]


def image(ids, low=1):
    return np.bincount(ids - low, minlength=SIDE * SIDE).astype(float).reshape(SIDE, SIDE)
