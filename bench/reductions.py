"""Set-ups in wavelengths and of reductions, with the files that they need: a part of tools/bench.

Lookup tables are made of the choppers that the instrument files describe, phased for one wavelength. Runs that an
instrument needs beside them are those of the golden cases (tests/data/golden).
"""

import json
import shutil

finalize_prefix = "finalize-"
all_prefix = "loki-all"

# Name of the file in the instrument file, wavelength (Å) in the middle of the choppers' slits, flight paths (m).
tables = {
    "loki": [("wavelength_table", 6, 5, 30)],
    "dream": [("wavelength_table_bc215", 2.5, 5, 80), ("wavelength_table_bc240", 2.5, 5, 80)],
    "bifrost": [("simulation_wavelength_table", 4.7, 150, 170)],
}
runs = {
    "bifrost": ("bifrost_qmaps", "simulated_run"),
    "dream": ("dream_powder_vanadium", "vanadium_run"),
    "estia": ("estia_reflectometry", "run_with_angles"),
}
estia_table = ("estia_reflectometry", "wavelength_table")


def instrument(root, name):
    return json.loads((root / f"instruments/{name}.json").read_text())


def prepare(root, folder, run):
    """Makes the folder that LIVEDATA_DATA_DIR is to name."""
    data = folder / "data"
    data.mkdir()

    def name_of(inst, file):
        return instrument(root, inst)["files"][file]["name"]

    for inst, wanted in tables.items():
        for file, wavelength, start, stop in wanted:
            params = json.dumps({"distance_range": {"start": start, "stop": stop}})
            run(
                [
                    root / "build/release/bin/livedata-wavelength-table",
                    f"--instrument={root}/instruments/{inst}.json",
                    f"--file={file}",
                    f"--wavelength={wavelength}",
                    f"--params={params}",
                    f"--output={data / name_of(inst, file)}",
                ]
            )
    for inst, (case, file) in [*runs.items(), ("estia", estia_table)]:
        shutil.copy(root / "tests/data/golden" / case / name_of(inst, file), data)
    return data


def fine_dream(root, folder):
    """DREAM with eight times as many strips: 12 million pixels."""
    inst = instrument(root, "dream")
    next_pixel = 1
    for d in inst["detectors"]:
        d["sizes"]["strip"] *= 8
        d["first_pixel"] = next_pixel
        pixels = 1
        for size in d["sizes"].values():
            pixels *= size
        next_pixel += pixels
    file = folder / "fine_dream.json"
    file.write_text(json.dumps(inst))
    return file


def vanadium_dream(root, folder):
    """DREAM with the one bank of the vanadium run, as small as it is there."""
    inst = instrument(root, "dream")
    inst["detectors"] = [d for d in inst["detectors"] if d["name"] == "sans_detector"]
    inst["detectors"][0].update(sizes={"strip": 32, "other": 40}, simulated_share=1)
    inst["workflows"] = [w for w in inst["workflows"] if w["kind"] == "powder_reduction"]
    inst["job_sets"] = {}
    file = folder / "vanadium_dream.json"
    file.write_text(json.dumps(inst))
    return file


def banks(root, name):
    return [d["name"] for d in instrument(root, name)["detectors"]]


elastic = {"elastic_qmap": 'axis1 { axis = "Qx" }, axis2 { axis = "Qz" }'}
cuts = ["qmap", "elastic_qmap", "elastic_qmap_custom"]


def setups(root, folder, config, job):
    """Name -> configuration, seconds of data. Their events are spread evenly."""
    in_wavelengths = 'coordinate_mode { mode = "wavelength" }'
    loki = banks(root, "loki")
    dream = [job("powder_reduction", bank) for bank in banks(root, "dream")]
    bifrost = [job(cut, "unified_detector", elastic.get(cut, "")) for cut in cuts]
    reduction = ["data_reduction"]
    return {
        "loki-wavelength": (config("loki", jobs=[job("detector_xy_projection", b, in_wavelengths) for b in loki]), 40),
        "loki-iofq": (config("loki", reduction, [job("i_of_q", b) for b in loki]), 40),
        "dream-powder": (config(fine_dream(root, folder), reduction, dream), 30),
        "bifrost-qmap": (config("bifrost", reduction, bifrost), 20),
    }


def readings(inst):
    """Devices, and logs that are no part of one."""
    parts = {d[part] for d in inst["devices"] for part in ("value", "target", "idle") if part in d}
    return sorted({log["name"] for log in inst["logs"]} - parts | {d["name"] for d in inst["devices"]})


def loki_all(root, config, job):
    """All of LOKI's workflows at once."""
    inst = instrument(root, "loki")
    loki = [d["name"] for d in inst["detectors"]]
    jobs = [job(view, bank) for view in ("detector_xy_projection", "tube_view") for bank in loki]
    jobs += [job("i_of_q", bank) for bank in loki]
    jobs += [job("monitor_histogram", m["name"]) for m in inst["monitors"]]
    jobs += [job("timeseries_data", name) for name in readings(inst)]
    return config("loki", ["detector_data", "data_reduction", "monitor_data", "timeseries"], jobs)


def measure_loki_all(text, threads, quick, folder, engine_run):
    """Lag in real time, batches of a second. The 99th percentile takes a hundred batches."""
    file = folder / f"{all_prefix}.conf"
    file.write_text(text)
    real = engine_run(file, folder, f"--duration={8 if quick else 110}", f"--job-threads={threads}")
    names = ["lag_p50_s", "lag_p99_s", "lag_max_s", "batches", "jobs_active", "events_dropped", "max_rss_bytes"]
    result = {"setup": all_prefix, "threads": threads, **{name: real[name] for name in names}}
    result["real_time_cores"] = real["cpu_s"] / real["duration_s"]
    return result


def finalize_setups(root, folder, config, job):
    """Reductions of which only finalize is measured."""
    reduction = ["data_reduction"]
    bifrost = job("detector_ratemeter", "unified_detector")
    return {
        "vanadium": config(
            vanadium_dream(root, folder), reduction, [job("powder_reduction_with_vanadium", "sans_detector")]
        ),
        "ratemeter": config("bifrost", reduction, [bifrost]),
        "reflectometry": config("estia", reduction, [job("reflectometry_reduction", "multiblade_detector")]),
        "total-counts": config("dummy", reduction, [job("total_counts", "panel_0")]),
        "table": config("loki", ["timeseries"], [job("wavelength_lut", "chopper_cascade")]),
    }


def measure_finalize(known, kernels, run, folder):
    """With default parameters."""
    results = []
    for name, text in known.items():
        file = folder / f"{finalize_prefix}{name}.conf"
        file.write_text(text)
        # Choppers are known to be in phase after some readings only.
        pulses = 140 if name == "table" else 14
        found = json.loads(run([kernels, f"--config-file={file}", "--duration=1s", f"--source.pulses={pulses}"]))
        results.append(
            {
                "setup": f"{finalize_prefix}{name}",
                "threads": 1,
                "finalize_s_by_workflow": found["finalize_s_by_workflow"],
            }
        )
    return results


def finalize_table(results):
    lines = [
        "What finalize takes at default parameters, of the job that takes longest (median).",
        "",
        "| workflow | set-up | finalize |",
        "|---|---|---|",
    ]
    seen = {}
    for r in results:
        for workflow, seconds in r.get("finalize_s_by_workflow", {}).items():
            mode = " (wavelength)" if r["setup"] == "loki-wavelength" else ""
            seen.setdefault(workflow + mode, (r["setup"], seconds))
    for workflow, (setup, seconds) in sorted(seen.items()):
        lines.append(f"| {workflow} | {setup} | {seconds * 1e3:.2f} ms |")
    return "\n".join(lines)


def all_table(results):
    lines = [
        "All of LOKI's workflows at once (views, I(Q), monitors, time series), 10 million events per second in real time,"
        " batches of a second.",
        "",
        "| set-up | jobs | threads | batches | lag p50 | lag p99 | largest | dropped | cores | memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        lines.append(
            f"| {r['setup']} | {r['jobs_active']} | {r['threads']} | {r['batches']} | {r['lag_p50_s'] * 1e3:.0f} ms |"
            f" {r['lag_p99_s'] * 1e3:.0f} ms | {r['lag_max_s'] * 1e3:.0f} ms | {r['events_dropped']} |"
            f" {r['real_time_cores']:.2f} | {r['max_rss_bytes'] / 1e6:.0f} MB |"
        )
    return "\n".join(lines)
