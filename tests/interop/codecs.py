"""Our codecs against the field's own library: what either side writes the other reads back equal.

    codecs.py CODEC_SAMPLES
"""
import json
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import numpy as np
from streaming_data_types import (
    deserialise_6s4t,
    deserialise_ad00,
    deserialise_da00,
    deserialise_ev44,
    deserialise_f144,
    deserialise_pl72,
    deserialise_x5f2,
    serialise_6s4t,
    serialise_ad00,
    serialise_da00,
    serialise_ev44,
    serialise_f144,
    serialise_pl72,
    serialise_x5f2,
)
from streaming_data_types.area_detector_ad00 import Attribute
from streaming_data_types.dataarray_da00 import Variable

NUMBER_TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
ARRAY_TYPES = ["float64", "float32", "int64", "int32"]
TIME = 1_790_000_000_000_000_007
rng = np.random.default_rng(20261125)


def numbers(dtype, n):
    if dtype.startswith("float"):
        return rng.normal(0, 1e6, n).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, n, dtype=dtype, endpoint=True)


def int32s(n):
    return numbers("int32", n).tolist()


# ---- what we write, read by the library

def ev44_orders():
    for n in (0, 1, 1000):
        yield {"schema": "ev44", "source_name": f"bänk {n}", "message_id": n, "reference_time": [TIME],
               "reference_time_index": [0], "time_of_flight": int32s(n), "pixel_id": int32s(n)}
    yield {"schema": "ev44", "source_name": "monitor", "message_id": -1, "reference_time": [TIME, TIME + 1],
           "reference_time_index": [0, 2], "time_of_flight": int32s(5), "pixel_id": []}


def check_ev44(o, data):
    m = deserialise_ev44(data)
    assert m.source_name == o["source_name"] and m.message_id == o["message_id"]
    for field in ("reference_time", "reference_time_index", "time_of_flight", "pixel_id"):
        assert np.array_equal(getattr(m, field), o[field]), field


def f144_orders():
    for whole, value in [(True, 5), (True, 0), (True, -(2**63)), (False, 2.5), (False, 0.0), (True, [1, -2, 3]),
                         (False, [0.5, 1e300])]:
        yield {"schema": "f144", "source_name": "pv", "timestamp": TIME, "whole": whole, "value": value}
    yield {"schema": "f144", "source_name": "pv", "timestamp": 0, "whole": False, "value": 1.0}


def check_f144(o, data):
    m = deserialise_f144(data)
    assert m.source_name == o["source_name"] and m.timestamp_unix_ns == o["timestamp"]
    assert np.array_equal(m.value, o["value"])
    assert np.asarray(m.value).dtype.kind == ("i" if o["whole"] else "f")


def ad00_orders():
    for dtype in NUMBER_TYPES:
        for shape in ([6], [2, 3], [1, 2, 3]):
            yield {"schema": "ad00", "source_name": "cam", "id": 7, "timestamp": TIME, "dtype": dtype,
                   "shape": shape, "data": numbers(dtype, 6).tolist()}


def check_ad00(o, data):
    m = deserialise_ad00(data)
    assert m.source_name == o["source_name"] and m.unique_id == o["id"] and m.timestamp_ns == o["timestamp"]
    assert m.data.dtype == np.dtype(o["dtype"])
    assert np.array_equal(m.data, np.array(o["data"], dtype=o["dtype"]).reshape(o["shape"]))


def da00_orders():
    def variable(dtype, axes, shape, unit, data=None):
        if data is None:
            data = numbers(dtype, int(np.prod(shape))).tolist()
        return {"dtype": dtype, "axes": axes, "shape": shape, "unit": unit, "data": data}

    for dtype in ARRAY_TYPES:
        for axes, shape in [([], []), (["x"], [4]), (["x"], [0]), (["y", "x"], [2, 3])]:
            signal = variable(dtype, axes, shape, "counts")
            coords = [{"name": "time", **variable("int64", [], [], "ns", [TIME])}]
            if axes:
                coords.append({"name": "x", **variable("float64", ["x"], [shape[-1] + 1], "mm")})
            variances = None
            if dtype.startswith("float"):
                variances = (numbers(dtype, int(np.prod(shape))).astype(dtype) ** 2).tolist()
            for name, var in [("Counts", None), ("", variances)]:
                yield {"schema": "da00", "source_name": '{"a":"ü"}', "timestamp": TIME, "name": name,
                       "signal": signal, "variances": var, "coords": coords}
    yield {"schema": "da00", "source_name": "s", "timestamp": 0, "name": "", "variances": None, "coords": [],
           "signal": variable("float64", ["t"], [2], None)}


def check_variable(v, o):
    assert list(v.axes) == o["axes"] and list(v.shape) == o["shape"] and v.unit == o["unit"], v
    # The library makes a Python number of a scalar.
    assert np.asarray(v.data).dtype.kind == np.dtype(o["dtype"]).kind
    if v.axes:
        assert v.data.dtype == np.dtype(o["dtype"])
    assert np.array_equal(np.ravel(v.data), np.array(o["data"], dtype=o["dtype"]))


def check_da00(o, data):
    m = deserialise_da00(data)
    assert m.source_name == o["source_name"] and m.timestamp_ns == o["timestamp"]
    by_name = {v.name: v for v in m.data}
    expected = ["signal"] + (["errors"] if o["variances"] is not None else []) + [c["name"] for c in o["coords"]]
    assert [v.name for v in m.data] == expected
    check_variable(by_name["signal"], o["signal"])
    assert by_name["signal"].label == o["name"]
    for c in o["coords"]:
        check_variable(by_name[c["name"]], c)
        assert by_name[c["name"]].label is None
    if o["variances"] is not None:
        errors = np.ravel(by_name["errors"].data).astype(o["signal"]["dtype"])
        assert errors.dtype == np.dtype(o["signal"]["dtype"])
        assert np.allclose(errors**2, np.array(o["variances"], dtype=errors.dtype), rtol=1e-6)


def pl72_orders():
    yield {"schema": "pl72", "start_time": 1790000000001, "stop_time": 0, "run_name": "run µ", "instrument_name": "i",
           "nexus_structure": "{}", "job_id": "j", "broker": "b:9092", "service_id": "s", "filename": "f.nxs",
           "spectrum": [1, 2], "detector_id": [3, 4], "n_spectra": 2, "metadata": "{}", "control_topic": "c"}


def check_pl72(o, data):
    m = deserialise_pl72(data)
    for field in ("start_time", "stop_time", "run_name", "instrument_name", "nexus_structure", "job_id", "broker",
                  "service_id", "filename", "metadata", "control_topic"):
        assert getattr(m, field) == o[field], field
    assert np.array_equal(m.detector_spectrum_map.spectrum_numbers, o["spectrum"])
    assert np.array_equal(m.detector_spectrum_map.detector_ids, o["detector_id"])


def stop_orders():
    yield {"schema": "6s4t", "stop_time": 1790000000001, "run_name": "run", "job_id": "j", "service_id": "",
           "command_id": "c"}


def check_stop(o, data):
    m = deserialise_6s4t(data)
    for field in ("stop_time", "run_name", "job_id", "service_id", "command_id"):
        assert getattr(m, field) == o[field], field


def job_orders():
    yield {"schema": "x5f2 job", "job_id": {"source_name": "a:b/c", "job_number": str(uuid.uuid4())},
           "workflow_id": "dummy/view/3", "warning": 'ü "quoted"\n', "error": None, "start_time": TIME,
           "end_time": None}


def check_job(o, data):
    m = deserialise_x5f2(data)
    assert (m.software_name, m.software_version, m.host_name, m.process_id) == ("livedata", "1.2.3", "a-host", 4321)
    assert m.service_id == f"{o['job_id']['source_name']}:{o['job_id']['job_number']}"
    assert m.update_interval == 1000
    expected = {k: v for k, v in o.items() if k != "schema"}
    assert json.loads(m.status_json) == {"status": 210,
                                         "message": {"message_type": "job", "state": "warning", **expected}}


def service_orders():
    yield {"schema": "x5f2 service", "instrument": "dummy", "service_name": "detector_data",
           "worker_id": str(uuid.uuid4()), "started_at": TIME, "active_job_count": 3, "error": None,
           "batch_interval_s": 1.0714285714285714, "window_seconds": 30.25,
           "streams": [{"topic": "t", "source_name": "s", "stream": None, "count": 5}]}


def check_service(o, data):
    m = deserialise_x5f2(data)
    assert m.service_id == f"dummy:detector_data:{o['worker_id']}" and m.update_interval == 2000
    content = json.loads(m.status_json)
    assert content["status"] == 200
    message = content["message"]
    assert message["stream_stats"] == {"window_seconds": 30.25, "streams": o["streams"]}
    for field in ("instrument", "service_name", "worker_id", "started_at", "active_job_count", "error",
                  "batch_interval_s"):
        assert message[field] == o[field], field


def answer_orders():
    for error in (None, 'nö: "x"\n'):
        yield {"schema": "acknowledgement", "message_id": str(uuid.uuid4()), "device": "panel/1", "error": error}


def check_answer(o, data):
    assert json.loads(data) == {"message_id": o["message_id"], "device": o["device"],
                                "response": "ACK" if o["error"] is None else "ERR", "message": o["error"]}


OURS = [(ev44_orders, check_ev44), (f144_orders, check_f144), (ad00_orders, check_ad00), (da00_orders, check_da00),
        (pl72_orders, check_pl72), (stop_orders, check_stop), (job_orders, check_job),
        (service_orders, check_service), (answer_orders, check_answer)]


def test_ours(program):
    orders = [(o, check) for make, check in OURS for o in make()]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "write", folder], input=json.dumps([o for o, _ in orders]), text=True, check=True)
        for i, (order, check) in enumerate(orders):
            try:
                check(order, (Path(folder) / str(i)).read_bytes())
            except Exception:
                print("written by us, not read back equal:", json.dumps(order)[:500], file=sys.stderr)
                raise
    return len(orders)


# ---- what the library writes, read by us

WIDENED = {"int8": "int32", "uint8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64",
           "uint64": "float64"}


def widened(array):
    return array.astype(WIDENED.get(str(array.dtype), str(array.dtype)))


def same_numbers(told, array):
    array = widened(array)
    return (told["dtype"] == str(array.dtype) and told["shape"] == list(array.shape)
            and np.array_equal(np.array(told["data"], dtype=array.dtype), np.ravel(array)))


def theirs():
    """Messages of the library, and what has to hold for what we tell of each."""
    for n in (0, 3):
        tof, pixel = numbers("int32", n), numbers("int32", n)
        yield (serialise_ev44("bank", 5, [TIME], [0], tof, pixel),
               lambda m, t=tof, p=pixel: m["source_name"] == "bank" and m["reference_time"] == [TIME]
               and m["time_of_flight"] == t.tolist() and m["pixel_id"] == p.tolist())
    for dtype in NUMBER_TYPES:
        value = numbers(dtype, 1)[0]
        yield (serialise_f144("pv", value, TIME),
               lambda m, v=value: m["timestamp"] == TIME and np.isclose(m["value"], v, rtol=1e-15, atol=0))
        several = numbers(dtype, 4)
        yield serialise_f144("pv", several, TIME), lambda m, v=several: np.allclose(m["value"], v, rtol=1e-15, atol=0)
        image = numbers(dtype, 6).reshape(2, 3)
        attributes = [Attribute("gain", "how much", "camera", 2.5), Attribute("name", "", "", "text")]
        yield (serialise_ad00("cam", 3, TIME, image, attributes),
               lambda m, i=image: m["id"] == 3 and m["timestamp"] == TIME and same_numbers(m["signal"], i)
               and m["signal"]["axes"] == ["dim_0", "dim_1"])
        flat = numbers(dtype, 4)
        yield (serialise_da00("s", TIME, [Variable("signal", flat, ["x"], unit="counts", label="Name"),
                                          Variable("x", np.arange(5.0), ["x"], unit="m"),
                                          Variable("frames", np.arange(7.0), ["frame"]),
                                          Variable("reference_time", np.array([1000, 2000]), ["t"], unit="us")]),
               lambda m, a=flat: m["timestamp"] == 2_000_000 and m["name"] == "Name" and same_numbers(m["signal"], a)
               and list(m["coords"]) == ["x"])
    yield (serialise_da00("s", TIME, [Variable("signal", np.array([4.0, 9.0]), ["x"], unit="counts"),
                                      Variable("errors", np.array([2.0, 3.0]), ["x"], unit="counts")]),
           lambda m: m["variances"] == [4.0, 9.0])
    yield (serialise_pl72("j", "f.nxs", 1790000000001, None, "run"),
           lambda m: m["start_time"] == 1790000000001 and m["stop_time"] == 0 and m["run_name"] == "run"
           and m["filename"] == "f.nxs")
    yield (serialise_6s4t("j", "run", "s", "c", 1790000000001),
           lambda m: m["stop_time"] == 1790000000001 and m["job_id"] == "j")
    yield (serialise_x5f2("livedata", "1", "a:b", "host", 7, 2000, "{}"),
           lambda m: m["service_id"] == "a:b" and m["process_id"] == 7 and m["status_json"] == "{}")


def test_theirs(program):
    messages = list(theirs())
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i, (data, _) in enumerate(messages):
            files.append(Path(folder) / str(i))
            files[-1].write_bytes(data)
        told = json.loads(subprocess.run([program, "read", *files], capture_output=True, text=True, check=True).stdout)
    assert len(told) == len(messages)
    for i, ((data, holds), m) in enumerate(zip(messages, told)):
        assert m is not None, f"message {i} ({data[4:8]}) is refused"
        assert holds(m), f"message {i} ({data[4:8]}) reads {json.dumps(m)[:500]}"
    return len(messages)


if __name__ == "__main__":
    print(test_ours(sys.argv[1]), "messages of ours read by the library")
    print(test_theirs(sys.argv[1]), "messages of the library read by us")
