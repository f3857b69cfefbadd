"""The set-ups "cluster" and "snapshots" of tools/bench: how long jobs are away when an engine dies, and what it costs to be
prepared for that."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
# Wall time of a run, between two snapshots where they are dear, and where they are usual; s.
SECONDS, OFTEN, USUAL = 40, 2, 10


def measure(quick, programs, folder):
    python = pathlib.Path(os.environ.get("LIVEDATA_DEPS", "/opt/livedata")) / "python/bin/python3"
    place = folder / "outages"
    place.mkdir()
    done = subprocess.run([python, "-B", here / "takeover.py", programs, place, "1" if quick else "3"], stdout=subprocess.PIPE,
                          text=True)  # fmt: skip
    if done.returncode != 0:
        sys.exit("bench: the set-up cluster failed")
    return [{"setup": "cluster", "threads": 1, **json.loads(done.stdout)}]


def measure_snapshots(config, quick, engine_run, folder):
    file = folder / "snapshots.conf"
    file.write_text(config)
    results = []
    for threads in (1, 2):
        runs = {"none": [], "often": []}
        for turn in range(1 if quick else 2):
            for kind, found in runs.items():
                options = [f"--duration={20 if quick else SECONDS}", f"--job-threads={threads}"]
                if kind == "often":
                    options += [f"--snapshots={folder / f'kept-{threads}-{turn}'}", f"--snapshots.interval={OFTEN}s"]
                found.append(engine_run(file, folder, *options))
        cpu = {kind: statistics.median(r["cpu_s"] / r["profile"]["wall_s"] for r in found) for kind, found in runs.items()}
        lag = {q: {kind: statistics.median(r[f"lag_{q}_s"] for r in found) for kind, found in runs.items()}
               for q in ("p50", "p99", "max")}  # fmt: skip
        results.append({"setup": "snapshots", "threads": threads, "cores": cpu, "lag_s": lag})
    return results


def is_ours(result):
    return result["setup"] in ("cluster", "snapshots")


def table(results):
    parts = [cluster_table(r) for r in results if r["setup"] == "cluster"]
    kept = [r for r in results if r["setup"] == "snapshots"]
    return "\n\n".join(parts + ([snapshots_table(kept)] if kept else []))


def cluster_table(r):
    c = r["cluster"]
    return "\n".join([
        f"The {r['jobs']} jobs of LOKI with batches of a second, pulses by a real broker on the same machine. Results of a batch come"
        " up to a second after its first event.",
        "",
        "| what | s |",
        "|---|---|",
        f"| an engine alone, from its start after a kill to the first results / those of all jobs | {r['restart']['first']:.1f} /"
        f" {r['restart']['all']:.1f} |",
        f"| two engines, from the kill of one to results of all its jobs in the other; time-out {c['session']:g} s |"
        f" {c['takeover']:.1f} |",
        f"| an engine joins: how much later than otherwise jobs that it is given have results | {c['moved']:.1f} |",
        f"| the same: jobs that stay where they are | {c['stayed']:.1f} |",
    ])  # fmt: skip


def snapshots_table(results):
    lines = [
        f"The 18 jobs of LOKI, 10 million events per second in real time, with a snapshot into a folder every {OFTEN} s and without,"
        f" by turns. The cost is that of one snapshot in {USUAL} s.",
        "",
        "| threads | processor without | cost, of what the engine takes | lag p50, without / with | lag p99 | largest |",
        "|---|---|---|---|---|---|",
    ]
    for r in results:
        none, often = r["cores"]["none"], r["cores"]["often"]
        cost = (often - none) * OFTEN / USUAL
        lags = [f"{r['lag_s'][q]['none'] * 1e3:.0f} / {r['lag_s'][q]['often'] * 1e3:.0f} ms" for q in ("p50", "p99", "max")]
        lines.append(f"| {r['threads']} | {none:.3f} cores | {cost / none:+.1%} | {' | '.join(lags)} |")
    return "\n".join(lines)
