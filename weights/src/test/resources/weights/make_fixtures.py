# SPDX-License-Identifier: Apache-2.0
"""Makes the fixtures beside this script with the real libraries (dtypes.safetensors was made with torch 2.13.0 and safetensors 0.8.0).

dtypes.safetensors                               one tensor of each element type, values in SafetensorsFileTest
odd/{zip,legacy}.bin, odd/expected.safetensors   a state dict of awkward tensors: transposed, sliced, sharing storage, of all types
"""
import collections
import os
import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))


def odd():
    path = os.path.join(here, "odd")
    os.makedirs(path, exist_ok=True)
    torch.manual_seed(5)
    base = torch.randn(6, 10)
    cube = torch.randn(3, 4, 5)
    halves = torch.randn(9).half()
    state = collections.OrderedDict([
        ("transposed", base.t()), ("rows", base[2:5]), ("every_other", base[1::2, ::3]), ("column", base[:, 4]), ("permuted", cube.permute(2, 0, 1)),
        ("tail", cube.reshape(-1)[-7:]), ("scalar", torch.tensor(4.5)), ("empty", torch.zeros(0, 3)), ("one", torch.tensor([[2.5]]).expand(1, 1)),
        ("parameter", torch.nn.Parameter(torch.randn(2, 3))), ("frozen", torch.nn.Parameter(torch.randn(3), requires_grad=False)),
        ("half", halves[1:]), ("bfloat16", torch.randn(2, 2).bfloat16()), ("double", torch.randn(3, 2).double().t()),
        ("int64", torch.tensor([-(2 ** 62), 7])), ("int32", torch.tensor([-5, 2 ** 31 - 1], dtype=torch.int32)),
        ("int16", torch.tensor([-3, 4], dtype=torch.int16)), ("int8", torch.tensor([-1, 1, 2], dtype=torch.int8)),
        ("uint8", torch.tensor([0, 255], dtype=torch.uint8)), ("bool", torch.tensor([True, False, True])),
    ])
    torch.save(state, os.path.join(path, "zip.bin"))
    torch.save(state, os.path.join(path, "legacy.bin"), _use_new_zipfile_serialization=False)
    save_file({k: v.detach().clone().contiguous() for k, v in state.items()}, os.path.join(path, "expected.safetensors"))


values = torch.tensor([[0.0, -1.5, 2.25], [65504.0, 1e-7, 3.0]])
save_file({
    "f64": values.double(), "f32": values, "f16": values.half(), "bf16": values.bfloat16(),
    "i64": torch.tensor([-(2 ** 62), 7]), "i32": torch.tensor([-5, 2 ** 31 - 1], dtype=torch.int32),
    "i16": torch.tensor([-3, 4], dtype=torch.int16), "i8": torch.tensor([-1, 1, 2], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(4.5), "empty": torch.zeros(0, 3),
}, os.path.join(here, "dtypes.safetensors"), metadata={"format": "pt", "note": "fixture"})
odd()
