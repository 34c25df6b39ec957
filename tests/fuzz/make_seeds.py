#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/fuzz/seeds again: small files of each kind, by other programs than octocal (h5py, onnx, and by hand).

usage: make_seeds.py; needs the Python packages h5py, numpy and onnx. Files that octocal must accept are named right_*.
Those of seeds/results are kept by hand: validate.json as octocal writes it, and what was found to be a fault.
"""
import json
import pathlib
import shutil
import struct
import zlib

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def put(kind, name, content):
    file = HERE / "seeds" / kind / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def voxels():
    rng = np.random.default_rng(2)
    energies = rng.uniform(1e3, 1e5, (5, 1))
    folder = HERE / "seeds" / "voxels"
    folder.mkdir(parents=True, exist_ok=True)
    right = rng.random((5, 24)) * energies / 30
    negative = right.copy()
    negative[3, 7] = -1
    for name, content in {
            "right_packed": {"incident_energies": (energies, {}), "showers": (right, {"compression": "gzip"})},
            "right_float32": {"incident_energies": (energies.astype(np.float32), {}),
                              "showers": (right.astype(np.float32), {"chunks": (2, 5), "shuffle": True, "compression": 9})},
            "right_flat": {"incident_energies": (energies[:, 0], {}), "showers": (right, {})},
            "negative": {"incident_energies": (energies, {}), "showers": (negative, {})},
            "other_cylinder": {"incident_energies": (energies, {}), "showers": (right[:, :23], {})},
            "energies_missing": {"showers": (right, {})},
            "energies_of_others": {"incident_energies": (energies[:4], {}), "showers": (right, {})},
            "both": {"incident_energies": (energies, {}), "showers": (right, {}),
                     "ECAL": (right.reshape(5, 4, 2, 3) / 1e3, {}), "target": (np.repeat(energies / 1e3, 2, 1), {})},
            "right_rests": {"ECAL": (right.reshape(5, 4, 2, 3) / 1e3, {}), "target": (np.repeat(energies / 1e3, 2, 1), {}),
                            "mev_rest": (np.ones((5, 25), np.int8), {"compression": "gzip"})},
            "wide_rests": {"ECAL": (right.reshape(5, 4, 2, 3) / 1e3, {}), "target": (np.repeat(energies / 1e3, 2, 1), {}),
                           "mev_rest": (np.ones((5, 26), np.int8), {})},
            "large_rests": {"ECAL": (right.reshape(5, 4, 2, 3) / 1e3, {}), "target": (np.repeat(energies / 1e3, 2, 1), {}),
                            "mev_rest": (np.full((5, 25), 2, np.int8), {})}}.items():
        with h5py.File(folder / f"{name}.h5", "w") as file:
            for dataset, (values, form) in content.items():
                file.create_dataset(dataset, data=values, **form)


def binning():
    layer = '<Layer id="{}" r_edges="0,4.65,9.3" n_bin_alpha="4" />'
    right = "<!-- SPDX-License-Identifier: Apache-2.0 -->\n<Bins>\n<Bin pid='11' name=\"electron\">" + \
        "".join(layer.format(i) for i in range(3)) + "</Bin></Bins>\n"
    put("binning", "right.xml", right.encode())
    put("binning", "right_declared.xml", right.replace("<Bins>", '<?xml version="1.0"?><!-- > --><Bins>').encode())
    put("binning", "cut.xml", right[:right.index("<Layer id=\"1\"")].encode())
    put("binning", "huge.xml", right.replace('n_bin_alpha="4"', 'n_bin_alpha="99999999999"').encode())
    put("binning", "irregular.xml", right.replace("9.3", "9.4", 1).encode())
    put("binning", "control_characters.xml", right.replace("4.65", "4.65\0\x1b[2J", 1).encode())
    put("binning", "line_in_number.xml", right.replace("4.65", "4.65\n;", 1).encode())
    put("binning", "right_lines.xml", right.replace(",4.65", ",\n 4.65").encode())


def showers():
    rng = np.random.default_rng(1)
    cells = rng.random((6, 3, 3, 3), dtype=np.float32)
    target = np.array([[11, 100 + i] for i in range(6)], np.float32)
    forms = {"right_old": ("earliest", {"chunks": (2, 3, 3, 3), "compression": "gzip", "shuffle": True}),
             "right_new": (("v110", "v110"), {"chunks": (2, 3, 2, 3), "compression": "gzip", "maxshape": (None, 3, 3, 3)}),
             "right_whole": ("earliest", {}),
             "right_checksums": (("earliest", "v110"), {"chunks": (1, 3, 3, 3), "fletcher32": True}),
             "right_scaled": ("earliest", {"chunks": (2, 3, 3, 3), "scaleoffset": 3})}
    folder = HERE / "seeds" / "showers"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (libver, form) in forms.items():
        with h5py.File(folder / f"{name}.h5", "w", libver=libver) as file:
            file.create_dataset("ECAL", data=cells, **form)
            file["target"] = target
            file.create_dataset("latent", data=rng.random((6, 4), dtype=np.float32), chunks=(2, 4))
            file.attrs["octocal.version"] = "0.1.0"

    def damaged(name, ecal_shape, chunk, stored=None, mask=0, latent=None):
        with h5py.File(folder / f"{name}.h5", "w", libver="earliest") as file:
            def add(dataset, shape, chunks):
                creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                creation.set_chunk(chunks)
                creation.set_deflate(1)
                return h5py.h5d.create(file.id, dataset.encode(), h5py.h5t.IEEE_F32LE,
                                       h5py.h5s.create_simple(shape, shape), creation)
            ecal = add("ECAL", ecal_shape, chunk)
            if stored is not None:
                ecal.write_direct_chunk((0, 0, 0, 0), stored, mask)
            file["target"] = np.full((ecal_shape[0], 2), 100, np.float32)
            if latent is not None:
                add("latent", latent, (1, 1))

    some = zlib.compress(np.full(64 * 1000, 0.01, np.float32).tobytes())
    damaged("wraps_to_64", (64, 2**61 + 1, 1, 1), (1, 1, 1, 1))
    damaged("wraps_to_0", (1, 2**32, 2**32, 1), (1, 1, 1, 1))
    damaged("latents_wrap", (4, 2, 2, 2), (1, 2, 2, 2), latent=(4, 2**62))
    damaged("short_chunk", (64, 10, 10, 10), (64, 10, 10, 10), zlib.compress(b"\0" * 255000))
    damaged("long_chunk", (64, 10, 10, 10), (64, 10, 10, 10), zlib.compress(b"\0" * 600000))
    damaged("unpacked_chunk", (64, 10, 10, 10), (64, 10, 10, 10), some, 1)


def packed():
    def file(cells, geometry=(2, 3, 2), energy=100.0, crc=True, showers=None, claimed=None):
        mask = (int(np.prod(geometry)) + 7) // 8
        block = b""
        for shower in cells:
            bits = bytearray(mask)
            numbers = b""
            for i, cell in enumerate(shower):
                if cell != 0:
                    bits[i // 8] |= 1 << i % 8
                    numbers += struct.pack("<f", cell)
            block += struct.pack("<I", len(numbers) // 4) + bytes(bits) + numbers
        index = struct.pack("<QII", 4096, len(block), zlib.crc32(block))
        index += struct.pack("<f", energy) * len(cells) + struct.pack("<I", 7) * len(cells)
        sizes = " ".join(str(size) for size in claimed or geometry)
        header = (f"octocal packed showers 1\nshowers {showers or len(cells)}\ncells {sizes}\n"
                  f"unit GeV\nblock_showers 64\nindex_offset {4096 + len(block)}\nindex_bytes {len(index)}\n"
                  f"index_crc32 {zlib.crc32(index):08x}\nsample_hash 00\n")
        header += f"header_crc32 {zlib.crc32(header.encode()) if crc else 0:08x}\n"
        return header.encode().ljust(4096, b"\n") + block + index

    cells = np.arange(36, dtype=np.float32).reshape(3, 12) / 50
    put("packed", "right.pack", file(cells))
    nan = cells.copy()
    nan[1, 3] = np.nan
    put("packed", "nan_cell.pack", file(nan))
    put("packed", "negative_energy.pack", file(cells, energy=-1))
    put("packed", "many_cells.pack", file(cells, claimed=(2**22, 2**5, 2**5)))
    put("packed", "wrong_checksum.pack", file(cells, crc=False))
    put("packed", "many_showers.pack", file(cells, showers=2**61))


def checkpoints():
    def file(shape, numbers, checksum=True):
        header = {"state": "{}", "tensors": {"a": {"type": "float32", "shape": shape, "offset": 0}}}
        if checksum:
            header["checksum"] = "crc32"
        text = json.dumps(header).encode()
        whole = b"OCTOCKPT" + struct.pack("<Q", len(text)) + text + struct.pack(f"<{numbers}f", *range(numbers))
        if checksum:
            whole += b"OCTOCRC1"
            whole += struct.pack("<I", zlib.crc32(whole))
        return whole

    put("checkpoint", "right.ckpt", file([2, 3], 6))
    put("checkpoint", "right_of_0_1_0.ckpt", file([2, 3], 6, checksum=False))
    put("checkpoint", "negative_shape.ckpt", file([-1, 4], 6))
    put("checkpoint", "wrapping_shape.ckpt", file([2**62 + 1, 4], 6, checksum=False))
    put("checkpoint", "truncated.ckpt", file([2, 3], 6)[:-20])
    flipped = bytearray(file([2, 3], 6))
    flipped[-20] ^= 1
    put("checkpoint", "flipped.ckpt", bytes(flipped))


def models():
    rng = np.random.default_rng(2)

    def save(name, nodes, constants, x=("N", 2, 4, 4), y=None, **more):
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, y)],
                                  [numpy_helper.from_array(value, key) for key, value in constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", more.get("opset", 13))], ir_version=7)
        put("onnx", name, model.SerializeToString())

    w = rng.normal(size=(3, 2, 3, 3)).astype(np.float32)
    save("right_convolution.onnx",
         [helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
          helper.make_node("Relu", ["c"], ["y"])], {"w": w}, y=("N", 3, 4, 4))
    scale, zero = np.array(0.1, np.float32), np.array(3, np.uint8)
    save("right_quantized.onnx",
         [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
          helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"])], {"s": scale, "z": zero}, y=("N", 2, 4, 4))
    save("right_reshape.onnx",
         [helper.make_node("Reshape", ["x", "shape"], ["r"]), helper.make_node("MatMul", ["r", "m"], ["y"])],
         {"shape": np.array([-1, 32]), "m": rng.normal(size=(32, 2)).astype(np.float32)}, y=("N", 2))
    save("wrong_kernel.onnx", [helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[9, 9])], {"w": w})
    save("unknown_op.onnx", [helper.make_node("Nothing", ["x"], ["y"])], {})


for kind in ("showers", "voxels", "binning", "packed", "checkpoint", "onnx", "network", "limits"):
    shutil.rmtree(HERE / "seeds" / kind, ignore_errors=True)
showers()
voxels()
binning()
packed()
checkpoints()
models()
for name in ("small", "paper"):
    put("network", f"right_{name}.toml", (ROOT / "examples" / "networks" / f"{name}.toml").read_bytes())
put("network", "huge_number.toml", b"# SPDX-License-Identifier: Apache-2.0\n[generator]\nfilters = 99999999999999999999\n")
put("limits", "right.json", (ROOT / "data" / "limits.json").read_bytes())
put("limits", "beyond_double.json", (ROOT / "data" / "limits.json").read_bytes().replace(b":", b": 1e400, \"x\":", 1))
put("limits", "not_json.json", b"{\"a\": [1, 2")
