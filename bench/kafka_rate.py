"""The set-up "kafka" of tools/bench: how fast livedata takes a topic of a real broker, against a bare consumer of librdkafka
with the same properties that drops every message. Both read the same topic from its oldest message to its end, by turns."""

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
# By turns; a ratio is the median of those of the rounds, so that what else the machine does matters less.
ROUNDS = 5
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


def spread(values):
    return (max(values) - min(values)) / statistics.median(values)


def measure(root, quick, folder, run, counting_events_per_s):
    """One line for each of RUNS. `counting_events_per_s`: of the 18 jobs, on all cores, with nothing else to do."""
    programs = root / "build/release/bin"
    seconds = 20 if quick else 60
    with Broker(root, folder, run) as broker:
        print(f"bench: kafka, {seconds} s of data are put on a topic", file=sys.stderr, flush=True)
        fill(broker, programs, folder, seconds, run)
        bare(broker, programs, run)
        bares, engines = [], {r: [] for r in RUNS}
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            print("bench: kafka, bare consumer and livedata by turns", file=sys.stderr, flush=True)
            bares.append(bare(broker, programs, run))
            for r in RUNS:
                engines[r].append(engine(broker, programs, folder, *r))
    events = engines[RUNS[0]][0]["events_received"]
    bare_rates = [events / b["seconds"] for b in bares]
    bare_rate = statistics.median(bare_rates)
    taking = statistics.median((b["cpu_s"] + b["broker_cpu_s"]) / events for b in bares)
    results = []
    for (threads, with_jobs), done in engines.items():
        rates = [events / d["seconds"] for d in done]
        rate = statistics.median(rates)
        counting = os.cpu_count() / counting_events_per_s if with_jobs else 0
        bound = min(bare_rate, os.cpu_count() / (taking + counting))
        results.append({
            "setup": "kafka" if with_jobs else "kafka-no-jobs",
            "threads": threads,
            "jobs": done[0]["jobs_active"],
            "events_per_s": rate,
            "spread": spread(rates),
            "bare_consumer_events_per_s": bare_rate,
            "bare_consumer_spread": spread(bare_rates),
            "ratio": statistics.median(r / b for r, b in zip(rates, bare_rates)),
            "bound_events_per_s": bound,
            "bound_ratio": rate / bound,
            "bytes_per_s": rate * bares[0]["bytes"] / events,
            "cpu_s_per_event": statistics.median(d["cpu_s"] / events for d in done),
            "bare_consumer_cpu_s_per_event": statistics.median(b["cpu_s"] / events for b in bares),
            "broker_cpu_s_per_event": statistics.median(b["broker_cpu_s"] / events for b in bares),
            "max_rss_bytes": max(d["max_rss_bytes"] for d in done),
        })  # fmt: skip
    return results


def is_ours(result):
    return "bare_consumer_events_per_s" in result


def table(results):
    """For the page, of the lines that are ours."""
    lines = [
        "| set-up | jobs | threads | livedata, events/s | bare consumer, events/s | ratio | bound, events/s | of the bound |"
        " ns of processor time per event: livedata, bare consumer, broker | memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        lines.append(
            f"| {r['setup']} | {r['jobs']} | {r['threads']} | {r['events_per_s'] / 1e6:.3g} M ±{r['spread'] * 50:.0f} % |"
            f" {r['bare_consumer_events_per_s'] / 1e6:.3g} M ±{r['bare_consumer_spread'] * 50:.0f} % | {r['ratio']:.0%} |"
            f" {r['bound_events_per_s'] / 1e6:.3g} M | {r['bound_ratio']:.0%} | {r['cpu_s_per_event'] * 1e9:.1f},"
            f" {r['bare_consumer_cpu_s_per_event'] * 1e9:.1f}, {r['broker_cpu_s_per_event'] * 1e9:.1f} |"
            f" {r['max_rss_bytes'] / 1e6:.0f} MB |"
        )
    return "\n".join(lines)
