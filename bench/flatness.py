"""What an event costs by the number of events in a batch: a part of tools/bench.

Memory that is touched for the first time costs a multiple; so each figure is the difference of a long and a short run.
"""

import json
import statistics

prefix = "flatness-"
# Events a second, which is a batch; batches of the short and of the long run.
sizes = [(1e5, 300, 1500), (1e6, 60, 260), (1e7, 20, 70), (1e8, 6, 14)]
outside = ["verify", "route", "batch", "finalize", "encode", "send", "other"]


def is_ours(result):
    return result["setup"].startswith(prefix)


def difference(short, long):
    events = long["events_processed"] - short["events_processed"]
    batches = long["batches"] - short["batches"]
    a, b = short["profile"]["phases_s"], long["profile"]["phases_s"]
    seconds = {name: b[name] - a[name] for name in a}
    used = sum(s for name, s in seconds.items() if name not in ("idle", "simulate", "receive"))
    return {
        "events_per_s": events / (long["profile"]["wall_s"] - short["profile"]["wall_s"]),
        "cpu_s_per_event": used / events,
        "accumulate_s_per_event": seconds["accumulate"] / events,
        "other_s_per_batch": {name: seconds[name] / batches for name in outside},
    }


def measure(config, quick, kernels, run, engine_run, folder):
    """`config(rate)`: text of a configuration. One job thread."""
    results = []
    for rate, short, long in sizes:
        file = folder / f"{prefix}{rate:.0e}.conf"
        file.write_text(config(rate))
        floor = json.loads(run([kernels, f"--config-file={file}"]))

        def batches(n):
            return engine_run(file, folder, "--speed=0", f"--pulses={14 * n}")

        runs = []
        for _ in range(1 if quick else 3):
            runs.append((batches(short), batches(long)))
        found = [difference(*pair) for pair in runs]
        middle = {key: statistics.median(f[key] for f in found) for key in found[0] if key != "other_s_per_batch"}
        each = [f["events_per_s"] for f in found]
        results.append(
            {
                "setup": f"{prefix}{rate:.0e}",
                "threads": 1,
                "events_per_batch": floor["events_per_batch"],
                **middle,
                "spread": (max(each) - min(each)) / middle["events_per_s"],
                "other_s_per_batch": {
                    name: statistics.median(f["other_s_per_batch"][name] for f in found) for name in outside
                },
                "bare_loop_events_per_s": floor["bare_loop_events_per_s"],
                "ratio": middle["events_per_s"] / floor["bare_loop_events_per_s"],
                "lag_p99_s": runs[-1][1]["lag_p99_s"],
                "max_rss_bytes": max(r["max_rss_bytes"] for pair in runs for r in pair),
            }
        )
    return results


def table(results):
    lines = [
        "What an event of loki-18 costs by the number of events in a batch (one job thread, without the simulator), and"
        " what a batch costs beside the events.",
        "",
        "| events in a batch | processor time, ns per event | accumulate, ns per event | bare loop, ns per event |"
        " bare loop / accumulate | bare loop / all | all but accumulate, ms per batch |"
        " of that finalize | encode | batch | memory |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        bare = 1 / r["bare_loop_events_per_s"]
        other = r["other_s_per_batch"]
        lines.append(
            f"| {r['events_per_batch']:.0e} | {r['cpu_s_per_event'] * 1e9:.1f} | {r['accumulate_s_per_event'] * 1e9:.1f} |"
            f" {bare * 1e9:.1f} | {bare / r['accumulate_s_per_event']:.0%} | {bare / r['cpu_s_per_event']:.0%} |"
            f" {sum(other.values()) * 1e3:.2f} |"
            f" {other['finalize'] * 1e3:.2f} | {other['encode'] * 1e3:.2f} | {other['batch'] * 1e3:.2f} |"
            f" {r['max_rss_bytes'] / 1e6:.0f} MB |"
        )
    return "\n".join(lines)
