"""Our geometry files in the field's own library: as its workflows load them, for all instruments that have such files.

    geometry.py LIVEDATA_GEOMETRY INSTRUMENTS_FOLDER
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import scipp as sc
import scippnexus as snx

INSTRUMENTS = ["loki", "dream", "estia", "tbl", "magic", "odin", "bifrost"]
# What the workflows of an instrument call the dimensions of detector_number. All others fold one list.
DIMENSIONS = {
    "tbl/timepix3_detector": ("dim_0", "dim_1"),
    "tbl/he3_detector_bank0": ("dim_0", "dim_1"),
    "tbl/he3_detector_bank1": ("dim_0", "dim_1"),
    "tbl/ngem_detector": ("dim_0", "dim_1", "dim_2"),
    "odin/timepix3": ("dim_0", "dim_1"),
}


class Stripped(snx.NXdetector):
    """A detector as workflows load it: its numbers stand for the data that will come."""

    def __init__(self, attrs, children):
        children = {n: c for n, c in children.items() if n != "pixel_shape"}
        super().__init__(attrs=attrs, children={**children, "data": children["detector_number"]})


DEFINITIONS = {**snx.base_definitions(), "NXdetector": Stripped}


def group_of(detector):
    return detector.get("nexus_group", "/entry/instrument/" + detector["name"])


def set_positions(chain, values):
    """Gives the entries that move a value, as live workflows do."""
    for name, transform in chain.transformations.items():
        if transform.sizes.get("time") == 0:
            transform.value = sc.scalar(values.get(name, 0.0), unit=transform.value.unit)
    return chain


def positions(group, values=()):
    loaded = group[()]
    transform = set_positions(loaded["depends_on"], dict(values)).compute()
    return transform * snx.zip_pixel_offsets(loaded["data"].coords).to(unit="m")


def check_detector(file, path, instrument, detector):
    name = f"{instrument}/{detector['name']}"
    numbers = snx.load(path, root=group_of(detector).lstrip("/") + "/detector_number")
    expected = DIMENSIONS.get(name, ("detector_number",))
    assert numbers.dims == expected, f"{name}: dimensions {numbers.dims} rather than {expected}"
    assert numbers.dtype == "int32" and numbers.unit is None, name
    sizes = {k: v for k, v in detector["sizes"].items() if k != "comment"}
    folded = numbers if len(expected) > 1 else numbers.fold(numbers.dim, sizes=sizes)
    assert list(folded.shape) == list(sizes.values()), f"{name}: {folded.shape}"
    first = detector["first_pixel"]
    assert np.array_equal(numbers.values.ravel(), np.arange(first, first + numbers.size)), name
    data = file[group_of(detector)][()]["data"]
    assert data.dims == expected and "x_pixel_offset" in data.coords, f"{name}: {data.dims} {list(data.coords)}"
    if numbers.size > 1_000_000:
        return
    where = positions(file[group_of(detector)])
    assert where.sizes == numbers.sizes, f"{name}: {where.sizes}"
    known = not np.isnan(where.values).any()
    assert known == ("geometry" in detector), f"{name}: positions are {'known' if known else 'unknown'}"


def check_triplets(path, detector):
    """BIFROST's workflows join its triplets: 5 arcs of 9 channels, each with tubes of consecutive numbers 900 apart."""
    banks = []
    with snx.File(path, definitions=DEFINITIONS) as file:
        for arc in range(5):
            for channel in range(9):
                data = file[detector["nexus_parts"]["groups"][5 * channel + arc]][()]["data"]
                assert dict(data.sizes) == {"dim_0": 3, "dim_1": 100}, data.sizes
                banks.append(data)
    joined = sc.concat(banks, dim="bank").fold("bank", sizes={"arc": 5, "channel": 9})
    numbers = joined.data.rename(dim_0="tube", dim_1="pixel").transpose(["arc", "tube", "channel", "pixel"])
    assert np.array_equal(numbers.values.ravel(), np.arange(1, 13501))


def check_all(instrument, path, description):
    if instrument == "bifrost":
        check_triplets(path, description["detectors"][0])
        return 45
    for detector in description["detectors"]:
        with snx.File(path, definitions=DEFINITIONS) as file:
            check_detector(file, path, instrument, detector)
    return len(description["detectors"])


def steps(along, count):
    return along["from"] + (along["to"] - along["from"]) * (np.arange(count) + 0.5) / count


def check_magic(path, description):
    """Positions as its description says, and turned about y by the angle that its log gives."""
    for detector in description["detectors"]:
        sizes, g = detector["sizes"], detector["geometry"]
        wire, strip, segment = np.meshgrid(*(np.arange(sizes[d]) for d in ("wire", "strip", "segment")), indexing="ij")
        radius = steps(g["radius"], sizes["wire"])[wire].ravel()
        y = steps(g["along"], sizes["strip"])[strip].ravel()
        for turned in (0.0, 30.0):
            angle = np.deg2rad(steps(g["angle"], sizes["segment"])[segment].ravel() + turned)
            expected = np.stack([radius * np.sin(angle), y, radius * np.cos(angle)], axis=-1)
            with snx.File(path, definitions=DEFINITIONS) as file:
                where = positions(file[group_of(detector)], {g["transformations"][0]["entry"]: turned})
            assert np.allclose(where.values, expected, atol=1e-12), detector["name"]


def check_loki(path, description):
    """The carriage moves the rear bank, and the shape is that of one straw."""
    rear = description["detectors"][0]
    with snx.File(path, definitions=DEFINITIONS) as file:
        near, far = (positions(file[group_of(rear)], {"/entry/instrument/detector_carriage/value": mm}).values
                     for mm in (0.0, 1500.0))
    assert np.allclose(far - near, [0, 0, 1.5])
    assert abs(near[:, 2].mean() - 5.098) < 0.1, near[:, 2].mean()
    with snx.File(path) as file:
        shape = file[group_of(rear)]["pixel_shape"][()]
        low, edge, high = shape["vertices"].values[shape["cylinders"].values[0]]
        assert np.isclose(np.linalg.norm(edge - low), rear["geometry"]["straw_radius"])
        assert np.isclose(np.linalg.norm(high - low), rear["geometry"]["straw_length"] / rear["sizes"]["pixel"])


def check_excerpt(program, folder):
    """What a file says of its axes by attributes, its excerpt says as well."""
    full, excerpt = folder / "full.nxs", folder / "excerpt.nxs"
    with h5py.File(full, "w") as f:
        for path, nx_class in (("entry", "NXentry"), ("entry/instrument", "NXinstrument"),
                               ("entry/instrument/bank", "NXdetector")):
            f.create_group(path).attrs["NX_class"] = nx_class
        bank = f["entry/instrument/bank"]
        bank.attrs["axes"] = ["x_pixel_offset", "y_pixel_offset"]
        bank["detector_number"] = np.arange(1, 17, dtype="int32").reshape(4, 4)
        for name, values in (("x_pixel_offset", [-0.3, -0.1, 0.1, 0.3]), ("y_pixel_offset", [-0.6, -0.2, 0.2, 0.6])):
            bank[name] = values
            bank[name].attrs["units"] = "m"
        bank["depends_on"] = "."
    subprocess.run([program, f"--from={full}", f"--output={excerpt}"], check=True, stdout=subprocess.DEVNULL)
    for path in (full, excerpt):
        with snx.File(path, definitions=DEFINITIONS) as file:
            where = positions(file["entry/instrument/bank"])
        assert np.allclose(where.values[0, 3], [-0.3, 0.6, 0]) and np.allclose(where.values[3, 0], [0.3, -0.6, 0])


def main(program, instruments):
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for instrument in INSTRUMENTS:
            description = json.loads((Path(instruments) / f"{instrument}.json").read_text())
            path = Path(folder) / f"{instrument}.nxs"
            subprocess.run([program, f"--instrument={Path(instruments) / (instrument + '.json')}", f"--output={path}"],
                           check=True, stdout=subprocess.DEVNULL)
            count += check_all(instrument, path, description)
            if instrument == "magic":
                check_magic(path, description)
            if instrument == "loki":
                check_loki(path, description)
        check_excerpt(program, Path(folder))
    print(count, "detectors of", len(INSTRUMENTS), "instruments loaded by the library")


if __name__ == "__main__":
    main(*sys.argv[1:])
