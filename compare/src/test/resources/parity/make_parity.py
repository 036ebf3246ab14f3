# SPDX-License-Identifier: Apache-2.0
"""Makes what the parity tests and `mixed compare curves` hold miXed against, with the real PyTorch and transformers.

    python make_parity.py [FOLDER] [--only tiny,scaler,curves]

writes tiny.safetensors, scaler.json and curves.safetensors; without FOLDER to the places where the tests and the command look for them.
The curves in mixed precision need a CUDA device.

The weights of all models are a formula of name and index (see `weights`), so that no file has to hold them.
"""
import argparse
import json
import math
import os
import zlib
import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
VOCAB, POSITIONS, DECAY, CLIP = 256, 32, 0.01, 1.0


def noise(name, count):
    """Numbers in [-1, 1): MurmurHash3's finalizer over index + checksum of the name, its upper 24 bits as a fraction."""
    x = np.arange(count, dtype=np.uint64) + zlib.crc32(name.encode())
    x &= 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        x ^= x >> np.uint64(shift)
        x = x * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return (x >> np.uint64(8)).astype(np.float64) * 2.0 ** -23 - 1


def weights(name, shape):
    """A parameter's first value, rounded to float."""
    v = noise(name, int(np.prod(shape))).reshape(shape)
    if name.endswith("LayerNorm.weight"):
        v = 1 + 0.1 * v
    elif len(shape) == 1:
        v = 0.05 * v
    else:
        v = 0.08 * v
        if name.endswith("word_embeddings.weight"):
            v[0] = 0
    return torch.from_numpy(v.astype(np.float32))


class Classifier(torch.nn.Module):
    """The tiny preset without dropout; two classes, one logit."""

    def __init__(self):
        from transformers import BertConfig, BertModel
        super().__init__()
        config = BertConfig(vocab_size=VOCAB, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512,
                            max_position_embeddings=POSITIONS, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager")
        self.bert = BertModel(config, add_pooling_layer=False)
        self.classifier = torch.nn.Linear(128, 1)
        with torch.no_grad():
            for name, p in self.named_parameters():
                p.copy_(weights(name, tuple(p.shape)))

    def forward(self, ids, mask):
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
        return hidden, self.classifier(hidden[:, 0])[:, 0]


def batches(count, rows, length):
    """Texts of random tokens: whether more of them come from the upper half of the vocabulary is the label, but for one text in eight."""
    random = np.random.RandomState(7)
    ids = np.zeros((count, rows, length), dtype=np.int32)
    mask = np.zeros_like(ids)
    labels = np.zeros((count, rows), dtype=np.int32)
    for b in range(count):
        for r in range(rows):
            n = random.randint(length // 4, length + 1)
            upper = random.randint(2)
            tokens = np.where(random.rand(n) < 0.65, upper, 1 - upper) * (VOCAB // 2 - 2) + random.randint(4, VOCAB // 2, n)
            tokens[0], tokens[-1] = 2, 3
            ids[b, r, :n] = tokens
            mask[b, r, :n] = 1
            labels[b, r] = upper if random.rand() >= 0.125 else 1 - upper
    return ids, mask, labels


def optimizer_of(model, rate):
    named = list(model.named_parameters())
    return torch.optim.AdamW([{"params": [p for _, p in named if p.dim() > 1], "weight_decay": DECAY},
                              {"params": [p for _, p in named if p.dim() == 1], "weight_decay": 0.0}], lr=rate)


def kept(name, tensor):
    """All of a small tensor; of a large one an evenly spaced sample of some 2000 elements, its norm, and its products with 8 noise vectors."""
    flat = tensor.detach().double().reshape(-1).cpu()
    if flat.numel() <= 2000:
        return {name: flat}
    stride = flat.numel() // 2000
    stride += 1 - stride % 2
    probes = [float(np.dot(noise("probe%d." % k + name, flat.numel()), flat.numpy())) for k in range(8)]
    return {name + ".sample": flat[::stride].clone(), name + ".norm": flat.norm().reshape(1), name + ".probes": torch.tensor(probes, dtype=torch.float64)}


def make_tiny(folder):
    """In double precision: first hidden state, logits, loss and gradients, and the weights after 10 steps of AdamW, each on a batch of its own."""
    from safetensors.torch import save_file
    ids, mask, labels = batches(10, 8, 24)
    model = Classifier().double().train()
    optimizer = optimizer_of(model, 5e-4)
    saved = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask), "labels": torch.from_numpy(labels)}
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    losses, norms = [], []
    for step in range(10):
        optimizer.zero_grad()
        hidden, logits = model(torch.from_numpy(ids[step]).long(), torch.from_numpy(mask[step]).long())
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels[step]).double())
        loss.backward()
        if step == 0:
            real = torch.from_numpy(mask[0]).bool()
            saved.update(kept("last_hidden_state", hidden * real[:, :, None]))
            saved["logits"] = logits.detach().clone()
            for name, p in model.named_parameters():
                saved.update(kept("grad." + name, p.grad))
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimizer.step()
        losses.append(loss.item())
    for name, p in model.named_parameters():
        saved.update(kept("change." + name, p - before[name]))
    saved["losses"] = torch.tensor(losses)
    saved["norms"] = torch.tensor(norms)
    saved = {k: (v if v.dtype == torch.int32 else v.float()).contiguous() for k, v in saved.items()}
    save_file(saved, os.path.join(folder, "tiny.safetensors"))
    print("tiny", losses, norms)


def scaler_run(init, growth, backoff, interval, patterns):
    """One weight for each optimizer; its gradient is 1 but where its pattern has an `i` (infinite), `m` (minus infinite) or `n` (NaN)."""
    scaler = torch.amp.GradScaler(DEVICE, init_scale=init, growth_factor=growth, backoff_factor=backoff, growth_interval=interval)
    weights = [torch.nn.Parameter(torch.ones(3, device=DEVICE)) for _ in patterns]
    optimizers = [torch.optim.SGD([w], lr=2.0 ** -6) for w in weights]
    rows = {"scale": [], "growth_tracker": [], "weights": []}
    for step in range(len(patterns[0])):
        for w, pattern, optimizer in zip(weights, patterns, optimizers):
            optimizer.zero_grad()
            factor = torch.ones(3, device=DEVICE)
            factor[1] = {".": 1.0, "i": math.inf, "m": -math.inf, "n": math.nan}[pattern[step]]
            scaler.scale((w * factor).sum()).backward()
        for optimizer in optimizers:
            scaler.step(optimizer)
        scaler.update()
        rows["scale"].append(scaler.get_scale())
        rows["growth_tracker"].append(scaler._get_growth_tracker())
        rows["weights"].append([w[0].item() for w in weights])
    return {"init_scale": init, "growth_factor": growth, "backoff_factor": backoff, "growth_interval": interval, "patterns": patterns, **rows}


def make_scaler(folder):
    none = "." * 60
    sparse = "".join("i" if s in (0, 1, 17, 30, 31, 32, 59) else "." for s in range(60))
    dense = "".join("inm."[(s * s + s // 7) % 4] for s in range(60))
    regular = "".join("n" if s % 5 == 4 else "." for s in range(60))
    runs = [
        scaler_run(65536.0, 2.0, 0.5, 2000, [sparse]),
        scaler_run(65536.0, 2.0, 0.5, 5, [sparse]),
        scaler_run(65536.0, 2.0, 0.5, 5, [regular]),
        scaler_run(4.0, 2.0, 0.25, 2, [regular]),
        scaler_run(1000.0, 1.1, 0.7, 3, [sparse]),
        scaler_run(3.0, 1.5, 0.9, 1, [dense]),
        scaler_run(2.0 ** 120, 2.0, 0.5, 1, [none]),
        scaler_run(2.0 ** 121, 3.0, 0.5, 1, [regular]),
        scaler_run(2.0 ** -60, 2.0, 0.5, 4, [dense]),
        scaler_run(2.0 ** 16, 2.0, 0.5, 4, [sparse, regular]),
        scaler_run(2.0 ** 16, 2.0, 0.5, 4, [none, sparse]),
    ]
    with open(os.path.join(folder, "scaler.json"), "w") as f:
        json.dump({"torch": torch.__version__, "device": DEVICE, "runs": runs}, f, allow_nan=False)
        f.write("\n")
    print("scaler", [r["scale"][-1] for r in runs])


INJECTED = [3, 4, 20, 41, 42, 43, 77]


def train(batch_data, amp, init=65536.0, interval=2000, injected=()):
    """100 steps at a constant rate; losses, scales after each step, and whether it was skipped."""
    torch.backends.cuda.matmul.allow_tf32 = False
    ids, mask, labels = batch_data
    model = Classifier().to(DEVICE).train()
    optimizer = optimizer_of(model, 3e-4)
    scaler = torch.amp.GradScaler(DEVICE, init_scale=init, growth_interval=interval, enabled=amp)
    losses, scales, skipped = [], [], []
    for step in range(len(ids)):
        i, m, y = (torch.from_numpy(a[step]).to(DEVICE) for a in (ids, mask, labels))
        optimizer.zero_grad()
        with torch.autocast(DEVICE, dtype=torch.float16, enabled=amp):
            _, logits = model(i.long(), m.long())
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y.float())
        scaler.scale(loss).backward()
        if step in injected:
            model.classifier.bias.grad[0] = math.inf
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        watched = model.classifier.weight.detach().clone()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
        scales.append(scaler.get_scale())
        skipped.append(int(torch.equal(watched, model.classifier.weight)))
    return {"losses": torch.tensor(losses), "scales": torch.tensor(scales), "skipped": torch.tensor(skipped, dtype=torch.int32)}


def make_curves(folder):
    from safetensors.torch import save_file
    data = batches(100, 16, POSITIONS)
    saved = {"input_ids": torch.from_numpy(data[0]), "attention_mask": torch.from_numpy(data[1]), "labels": torch.from_numpy(data[2]),
             "injected": torch.tensor(INJECTED, dtype=torch.int32)}
    runs = {"fp32": (False,)}
    if DEVICE == "cuda":
        runs.update({"amp": (True,), "amp_injected": (True, 1024.0, 8, INJECTED), "amp_high": (True, 2.0 ** 24, 10)})
    else:
        print("no CUDA device: the curves in mixed precision are left out")
    for name, arguments in runs.items():
        result = train(data, *arguments)
        saved.update({name + "." + key: value for key, value in result.items()})
        print(name, result["losses"][0].item(), result["losses"][-10:].mean().item(), "skipped", result["skipped"].nonzero()[:, 0].tolist())
    save_file(saved, os.path.join(folder, "curves.safetensors"), metadata={"torch": torch.__version__, "device": DEVICE})


places = {"tiny": here, "scaler": here, "curves": os.path.join(here, "../../../main/resources/dev/mixed/compare/curves")}
parser = argparse.ArgumentParser()
parser.add_argument("folder", nargs="?")
parser.add_argument("--only", default=",".join(places))
arguments = parser.parse_args()
for part in arguments.only.split(","):
    {"tiny": make_tiny, "scaler": make_scaler, "curves": make_curves}[part](arguments.folder or places[part])
