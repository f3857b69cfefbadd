"""Starts a job over HTTP, waits for its first result, and takes it in three forms.

    first_job.py http://127.0.0.1:8080 [TOKEN]

Needs an engine with `--view.control=true` (tools/demo has it), ess-streaming-data-types, numpy and h5py.
"""
import io
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import h5py
import numpy as np
from streaming_data_types import deserialise_da00


class Engine:
    def __init__(self, address, token=None):
        self.address = address.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path, content=None):
        """The body of the answer. Raises RuntimeError with what the engine says is wrong, field by field."""
        request = urllib.request.Request(self.address + path, method=method, headers=dict(self.headers))
        if content is not None:
            request.data = json.dumps(content).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return answer.read()
        except urllib.error.HTTPError as e:
            problem = json.loads(e.read())
            fields = "".join(f"\n  {f['path']}: {f['text']}" for f in problem["fields"])
            raise RuntimeError(f"{e.code}: {problem['error']}{fields}") from None

    def get(self, path):
        return json.loads(self.ask("GET", path))


def path_of(job):
    return f"/api/v1/jobs/{urllib.parse.quote(job['source'], safe='')}/{job['job_number']}"


def main():
    engine = Engine(*sys.argv[1:])
    status = engine.get("/api/v1/status")
    print(f"{status['instrument']}: {status['events_per_s']:.0f} events/s, {status['jobs']} jobs")

    # The first workflow with an image.
    workflow = next(w for w in engine.get("/api/v1/workflows")["workflows"]
                    if w["available"] and any(o["name"] == "cumulative" for o in w["outputs"]))
    job = json.loads(engine.ask("POST", "/api/v1/jobs", {"workflow": workflow["id"], "source": workflow["sources"][0]}))
    print(f"started {job['id']}")

    output = path_of(job) + "/outputs/cumulative"
    for _ in range(600):
        try:
            message = engine.ask("GET", output)
            break
        except RuntimeError:  # no result yet
            time.sleep(0.1)
    else:
        sys.exit("no result came")

    # The bytes that dashboards get, decoded by the library of the field.
    signal = next(v for v in deserialise_da00(message).data if v.name == "signal")
    print(f"da00: {signal.data.sum():.0f} {signal.unit} in {' x '.join(map(str, signal.shape))}")

    # Small enough for a thumbnail: counts are added up, so the total stays.
    small = engine.get(output + "?format=json&max_size=16x16")
    print(f"json: {sum(small['values']):.0f} {small['unit']} in {' x '.join(map(str, small['shape']))}")

    # A NeXus file.
    with h5py.File(io.BytesIO(engine.ask("GET", output + "?format=hdf5"))) as file:
        data = file["entry"][file["entry"].attrs["default"]]
        values = data[data.attrs["signal"]]
        unit = values.attrs["units"]
        unit = unit.decode() if isinstance(unit, bytes) else unit
        print(f"hdf5: {np.sum(values[()]):.0f} {unit} in {' x '.join(map(str, values.shape))}, "
              f"axes {list(data.attrs['axes'])}")

    engine.ask("POST", path_of(job) + "/stop")
    print("stopped")


if __name__ == "__main__":
    main()
