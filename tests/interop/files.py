"""Files of results as people open them: NeXus by h5py and scippnexus, da00 by the field's own library.

usage: files.py ENGINE
"""

import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import scippnexus
from streaming_data_types import deserialise_da00


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def variables(file):
    return {v.name: v for v in deserialise_da00(file.read_bytes()).data}


def check_output(group, message):
    signal = group[text(group.attrs["signal"])]
    assert np.array_equal(signal[()], message["signal"].data), group.name
    assert text(signal.attrs.get("units")) == str(message["signal"].unit), group.name
    for name, dim in zip(map(text, group.attrs.get("axes", [])), message["signal"].axes):
        assert (name == dim) == (dim in message), (group.name, name, dim)
        if name != ".":
            assert np.allclose(group[name][()], np.asarray(message[name].data, dtype=float))
    if "errors" in message:
        assert np.allclose(group["errors"][()], message["errors"].data)


def main(engine):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(
            [engine, "--instrument=dummy", "--services=detector_data,monitor_data", "--job-set=all", "--rate=1e5", "--speed=0",
             "--pulses=56", "--display=none", "--log-level=error", "--publish=files", "--publish-dir=results",
             "--publish.format=da00,hdf5", "--images=pictures"],
            cwd=folder, check=True, timeout=120,
        )  # fmt: skip
        files = sorted(folder.glob("results/*/*/results.h5"))
        assert files, "no NeXus files"
        for file in files:
            with h5py.File(file) as opened:
                entry = opened[text(opened.attrs["default"])]
                assert text(entry.attrs["NX_class"]) == "NXentry"
                assert entry["start_time"][()].decode() < entry["end_time"][()].decode()
                assert text(entry[text(entry.attrs["default"])].attrs["NX_class"]) == "NXdata"
                outputs = [g for g in entry.values() if text(g.attrs.get("NX_class", "")) == "NXdata"]
                written = sorted(file.parent.glob("*.da00"))
                assert len(outputs) == len(written) > 0, file
                for message in written:
                    check_output(entry[message.stem], variables(message))
            with scippnexus.File(file) as opened:
                loaded = opened["entry"]["cumulative"][()]
                assert loaded.data.sum().value > 0, file
        pictures = list(folder.glob("pictures/*.png"))
        assert len(pictures) == len(files), (pictures, files)
    print(f"{len(files)} files, {len(pictures)} pictures")


if __name__ == "__main__":
    main(sys.argv[1])
