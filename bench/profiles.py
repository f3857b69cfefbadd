"""Where the time of a run goes, from the summary that it writes: a part of tools/bench."""

load_names = {"fast": "as fast as it goes", "real": "in real time"}
# As in the summary; receive stands for simulate where messages come from elsewhere.
columns = ["receive", "verify", "route", "batch", "accumulate", "finalize", "encode", "send", "other", "idle"]


def of(summary):
    """Shares of all processors' time, which add up to 1; and of the processor time that was used: all but accumulate,
    with the simulator and without."""
    p = summary["profile"]
    seconds = p["phases_s"]
    whole = sum(seconds.values())
    used = whole - seconds["idle"]
    return {
        "wall_s": p["wall_s"],
        "processors": p["processors"],
        "cpu_s": p["cpu_s"],
        "jobs_at_work_s": summary["batch_total_s"],
        "share": {name: s / whole for name, s in seconds.items()},
        "overhead": 1 - seconds["accumulate"] / used,
        "overhead_without_simulator": 1 - seconds["accumulate"] / (used - seconds["simulate"]),
    }


def table(results):
    """One line for each run of the engine."""
    lines = [
        f"| set-up | threads | load | simulate | {' | '.join(columns[1:])} | overhead | without simulator |",
        "|" + "---|" * (len(columns) + 5),
    ]
    for r in results:
        for load, p in r["profiles"].items():
            share = {**p["share"], "receive": p["share"]["receive"] + p["share"]["simulate"]}
            cells = " | ".join(f"{share[name] * 100:.2f}" for name in columns)
            lines.append(
                f"| {r['setup']} | {r['threads']} | {load_names[load]} | {cells} | {p['overhead']:.1%} |"
                f" {p['overhead_without_simulator']:.1%} |"
            )
    return "\n".join(
        [
            "Where the time goes, in per cent of the time of all processors (a line adds up to 100); overhead: all but"
            " accumulate, of the processor time that was used.",
            "",
            *lines,
        ]
    )


def overlap(profile):
    """How much of the processor time of source and publisher falls into times at which jobs are at work, at least, in a
    run of one service: what does not fit into the rest."""
    whole = profile["wall_s"] * profile["processors"]
    beside = sum(profile["share"][name] for name in ("simulate", "receive", "verify", "route", "send")) * whole
    return max(0.0, 1 - (profile["wall_s"] - profile["jobs_at_work_s"]) / beside)
