"""What viewers of the page cost the engine: a part of tools/bench.

By turns without viewers, with viewers that show the 18 pictures once a second, as the page does in real time, and with
viewers that ask for everything as often as they may and never read.
"""

import base64
import json
import os
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
import urllib.request

prefix = "viewers-"
viewers = 20
kinds = ["none", "reading", "never-reading"]


def is_ours(result):
    return result["setup"].startswith(prefix)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def jobs_of(port, process):
    """Asks until all 18 jobs have a result."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/jobs", timeout=5) as answer:
                jobs = json.load(answer)["jobs"]
            if len(jobs) == 18 and all(j["outputs"] for j in jobs):
                return jobs
        except (OSError, ValueError):
            pass
        time.sleep(0.05)
    sys.exit("bench: the engine ended before its jobs had results")


def text_frame(text):
    """A masked text frame of a client (RFC 6455), with the mask 0."""
    data = text.encode()
    length = struct.pack("!BBH", 0x81, 0x80 | 126, len(data)) if len(data) > 125 else bytes([0x81, 0x80 | len(data)])
    return length + bytes(4) + data


def connect(port, jobs, per_second, size):
    show = [{"job": j["id"], "output": "cumulative", "max_size": size} for j in jobs if has_picture(j)]
    s = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    s.sendall(
        f"GET /api/v1/updates HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    if b" 101 " not in s.recv(4096).split(b"\r\n")[0]:
        sys.exit("bench: the engine takes no viewers")
    s.sendall(text_frame(json.dumps({"show": show, "most_per_s": per_second})))
    return s


def has_picture(job):
    return any(o["name"] == "cumulative" for o in job["outputs"])


def drain(connections, received):
    """Reads all that comes until all are closed."""
    selector = selectors.DefaultSelector()
    for c in connections:
        selector.register(c, selectors.EVENT_READ)
    while selector.get_map():
        for key, _ in selector.select():
            try:
                n = len(key.fileobj.recv(1 << 20))
            except OSError:
                n = 0
            received[0] += n
            if n == 0:
                selector.unregister(key.fileobj)


def one_run(program, file, folder, kind, seconds, threads):
    summary = folder / "summary.json"
    port = free_port()
    process = subprocess.Popen(
        [program, f"--config-file={file}", "--display=none", "--log-level=error", f"--summary={summary}", "--speed=0",
         f"--pulses={14 * seconds}", f"--http-port={port}", f"--job-threads={threads}"]
    )  # fmt: skip
    received = [0]
    connections = []
    if kind != "none":
        jobs = jobs_of(port, process)
        reading = kind == "reading"
        for _ in range(viewers):
            connections.append(connect(port, jobs, 1 if reading else 10, [240, 160] if reading else None))
        if reading:
            threading.Thread(target=drain, args=(connections, received), daemon=True).start()
    if process.wait() != 0:
        sys.exit("bench: the engine failed")
    for c in connections:
        c.close()
    run = json.loads(summary.read_text())
    return {
        "events_per_s": run["events_processed"] / run["profile"]["wall_s"],
        "wall_s": run["profile"]["wall_s"],
        "max_rss_bytes": run["max_rss_bytes"],
        "received_bytes": received[0],
    }


def measure(config, quick, program, folder):
    file = folder / "viewers.conf"
    file.write_text(config)
    turns = [
        {kind: one_run(program, file, folder, kind, 60 if quick else 300, 1) for kind in kinds}
        for _ in range(2 if quick else 5)
    ]
    results = []
    for kind in kinds:
        rates = [t[kind]["events_per_s"] for t in turns]
        results.append(
            {
                "setup": prefix + kind,
                "threads": 1,
                "events_per_s": statistics.median(rates),
                "spread": (max(rates) - min(rates)) / statistics.median(rates),
                # Of each turn by itself: the machine may be slower in another.
                "change": statistics.median(t[kind]["events_per_s"] / t["none"]["events_per_s"] - 1 for t in turns),
                "max_rss_bytes": max(t[kind]["max_rss_bytes"] for t in turns),
                "received_bytes_per_s": statistics.median(t[kind]["received_bytes"] / t[kind]["wall_s"] for t in turns),
            }
        )
    return results


def table(results):
    lines = [
        f"The 18 jobs of LOKI as fast as they go, one job thread, with {viewers} viewers: by turns without, with viewers that"
        " show all 18 pictures once a second, and with viewers that ask for ten a second and never read.",
        "",
        "| viewers | events/s | against none | sent, MB/s | memory |",
        "|---|---|---|---|---|",
    ]
    for r in results:
        lines.append(
            f"| {r['setup'].removeprefix(prefix)} | {r['events_per_s'] / 1e6:.3g} M ±{r['spread'] * 50:.0f} % |"
            f" {r['change']:+.1%} | {r['received_bytes_per_s'] / 1e6:.0f} | {r['max_rss_bytes'] / 1e6:.0f} MB |"
        )
    return "\n".join(lines)
