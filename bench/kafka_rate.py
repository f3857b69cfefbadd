"""The set-up "kafka" of tools/bench: how fast livedata takes a topic of a real broker, against a bare consumer of librdkafka
with the same properties that drops every message. Both read the same topic from its oldest message to its end, by turns.
That is done with a short topic and a long one, and what is compared is the difference: connecting, and the first touch of
memory, are no part of a rate."""

import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

INSTRUMENT = "loki"
TOPIC = "loki_detector"
RATE = 1e7
BYTES_PER_EVENT = 8
# Seconds of data on the short topic and the long one.
LENGTHS = (20, 60)
QUICK_LENGTHS = (8, 24)
# By turns; what is compared are medians, so that what else the machine does matters less.
ROUNDS = 7
QUICK_ROUNDS = 3
# Job threads, and whether the 18 jobs are there; without them nothing is counted, and what is left is the taking.
RUNS = ((1, True), (2, True), (1, False))


class Broker:
    """A broker of its own in a folder; gone at the end."""

    def __init__(self, root, folder, run):
        self.tool, self.data, self.run = root / "tools/kafka", folder / "broker", run

    def __enter__(self):
        self.run([self.tool, "start", f"--data={self.data}", "--port=0"])
        self.servers = f"127.0.0.1:{(self.data / 'port').read_text().strip()}"
        self.process = int((self.data / "pid").read_text())
        return self

    def __exit__(self, *_):
        self.run([self.tool, "stop", f"--data={self.data}"])
        shutil.rmtree(self.data)

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(broker, programs, folder, seconds, run):
    """Puts so many seconds of the simulator's data on the topic, by way of a recording."""
    needed = 2 * RATE * BYTES_PER_EVENT * seconds
    if shutil.disk_usage(folder).free < 1.5 * needed:
        sys.exit(f"bench: kafka needs {needed / 1e9:.0f} GB in {folder}; TMPDIR may name another place")
    run([programs / "livedata-topics", f"--bootstrap-servers={broker.servers}", f"--instrument={INSTRUMENT}",
         "--keep=100000"])  # fmt: skip
    recording = folder / "events.rec"
    run([programs / "livedata", f"--instrument={INSTRUMENT}", f"--rate={RATE}", "--speed=0", f"--pulses={14 * seconds}",
         "--job-set=none", "--display=none", "--log-level=error", f"--record={recording}"])  # fmt: skip
    run([programs / "livedata-replay", f"--bootstrap-servers={broker.servers}", f"--input={recording}", "--speed=0"])
    recording.unlink()
    os.sync()  # writing to the disk goes on for long, and would take part in what is measured


def bare(broker, programs, run):
    before = broker.cpu_s()
    command = [programs / "livedata-bench-consume", f"--bootstrap-servers={broker.servers}", f"--topic={TOPIC}"]
    return {**json.loads(run(command)), "broker_cpu_s": broker.cpu_s() - before}


def time_of(event, log):
    """When that event was logged."""
    for line in log.splitlines():
        words = line.split()
        if event in words[2:3]:
            return datetime.datetime.fromisoformat(words[0])
    sys.exit(f"bench: kafka: livedata's log does not tell of {event}")


def engine(broker, programs, folder, threads, with_jobs):
    """The summary of a run, and `seconds` from when its jobs are there and the first message is asked for to its end."""
    summary = folder / "summary.json"
    command = [programs / "livedata", f"--instrument={INSTRUMENT}", "--dev", "--source=kafka", "--kafka.read=kept",
         f"--bootstrap-servers={broker.servers}", f"--job-set={'default' if with_jobs else 'none'}", "--publish=none",
         "--display=none", f"--job-threads={threads}", f"--summary={summary}"]  # fmt: skip
    process = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"bench: kafka: livedata failed:\n{process.stderr[-2000:]}")
    done = json.loads(summary.read_text())
    took = time_of("service_stopped", process.stderr) - time_of("service_running", process.stderr)
    done["seconds"] = took.total_seconds()
    if done["events_dropped"] != 0 or (with_jobs and done["events_processed"] != done["events_received"]):
        sys.exit(f"bench: kafka: not all events were processed: {done}")
    return done


def rounds_of(number, seconds, broker, programs, folder, run):
    """What the bare consumer took, and livedata for each of RUNS, by turns; of a topic with so many seconds of data."""
    print(f"bench: kafka, {seconds} s of data are put on a topic", file=sys.stderr, flush=True)
    fill(broker, programs, folder, seconds, run)
    bare(broker, programs, run)
    bares, engines = [], {r: [] for r in RUNS}
    for _ in range(number):
        print("bench: kafka, bare consumer and livedata by turns", file=sys.stderr, flush=True)
        bares.append(bare(broker, programs, run))
        for r in RUNS:
            engines[r].append(engine(broker, programs, folder, *r))
    return bares, engines


def median(key, turns):
    return statistics.median(t[key] for t in turns)


class Taken:
    """What reading the long topic takes more than reading the short one."""

    def __init__(self, short, long, events):
        self.short, self.long, self.events = short, long, events

    def per_event(self, key):
        return (median(key, self.long) - median(key, self.short)) / self.events

    def spread(self):
        seconds = [t["seconds"] for t in self.long]
        return (max(seconds) - min(seconds)) / (self.events * self.per_event("seconds"))


def measure(root, quick, folder, run, counting_events_per_s):
    """One line for each of RUNS. `counting_events_per_s`: of the 18 jobs, on all cores, with nothing else to do."""
    programs = root / "build/release/bin"
    bares, engines = [], []
    for seconds in QUICK_LENGTHS if quick else LENGTHS:
        with Broker(root, folder, run) as broker:
            both = rounds_of(QUICK_ROUNDS if quick else ROUNDS, seconds, broker, programs, folder, run)
        bares.append(both[0])
        engines.append(both[1])
    counted = [e[RUNS[0]][0]["events_received"] for e in engines]
    consumer = Taken(*bares, counted[1] - counted[0])
    bare_rate = 1 / consumer.per_event("seconds")
    taking = consumer.per_event("cpu_s") + consumer.per_event("broker_cpu_s")
    results = []
    for r in RUNS:
        threads, with_jobs = r
        done = Taken(engines[0][r], engines[1][r], counted[1] - counted[0])
        rate = 1 / done.per_event("seconds")
        counting = os.cpu_count() / counting_events_per_s if with_jobs else 0
        bound = min(bare_rate, os.cpu_count() / (taking + counting))
        results.append({
            "setup": "kafka" if with_jobs else "kafka-no-jobs",
            "threads": threads,
            "jobs": done.long[0]["jobs_active"],
            "events_per_s": rate,
            "spread": done.spread(),
            "bare_consumer_events_per_s": bare_rate,
            "bare_consumer_spread": consumer.spread(),
            "ratio": rate / bare_rate,
            "bound_events_per_s": bound,
            "bound_ratio": rate / bound,
            "bytes_per_s": rate * bares[1][0]["bytes"] / counted[1],
            "seconds_beside": median("seconds", done.short) - counted[0] / rate,
            "cpu_s_per_event": done.per_event("cpu_s"),
            "bare_consumer_cpu_s_per_event": consumer.per_event("cpu_s"),
            "broker_cpu_s_per_event": consumer.per_event("broker_cpu_s"),
            "max_rss_bytes": max(d["max_rss_bytes"] for d in done.long),
        })  # fmt: skip
    return results


def is_ours(result):
    return "bare_consumer_events_per_s" in result


def table(results):
    """For the page, of the lines that are ours."""
    lines = [
        "| set-up | jobs | threads | livedata, events/s | bare consumer, events/s | ratio | bound, events/s | of the bound |"
        " ns of processor time per event: livedata, bare consumer, broker | start and end | memory |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        lines.append(
            f"| {r['setup']} | {r['jobs']} | {r['threads']} | {r['events_per_s'] / 1e6:.3g} M ±{r['spread'] * 50:.0f} % |"
            f" {r['bare_consumer_events_per_s'] / 1e6:.3g} M ±{r['bare_consumer_spread'] * 50:.0f} % | {r['ratio']:.0%} |"
            f" {r['bound_events_per_s'] / 1e6:.3g} M | {r['bound_ratio']:.0%} | {r['cpu_s_per_event'] * 1e9:.1f},"
            f" {r['bare_consumer_cpu_s_per_event'] * 1e9:.1f}, {r['broker_cpu_s_per_event'] * 1e9:.1f} |"
            f" {r['seconds_beside'] * 1e3:.0f} ms | {r['max_rss_bytes'] / 1e6:.0f} MB |"
        )
    return "\n".join(lines)
