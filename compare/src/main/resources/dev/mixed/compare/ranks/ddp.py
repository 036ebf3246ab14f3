# SPDX-License-Identifier: Apache-2.0
"""One rank of PyTorch in `mixed compare ddp`: sums over ranks, and training steps of BERT with DistributedDataParallel.

Reads RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, and computes on the first GPU that it sees. Arguments: a JSON object with config, batch, length, steps, warmup,
amp, elements. Rank 0 writes a JSON object: ms of a step, and of sums of so many floats and halves. A dry run on the CPU: "device": "cpu".
"""
import json
import os
import statistics
import sys
import time

# The result has standard output for itself: what libraries print goes to standard error.
result = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from transformers import BertConfig, BertModel

job = json.loads(sys.argv[1])
rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
cuda = job["device"] == "cuda"
device = torch.device("cuda", 0) if cuda else torch.device("cpu")
if cuda:
    torch.cuda.set_device(device)
dist.init_process_group("nccl" if cuda else "gloo", **({"device_id": device} if cuda else {}))


def idle():
    if cuda:
        torch.cuda.synchronize()


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        config = BertConfig(attn_implementation="sdpa", **job["config"])
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, 2)

    def forward(self, ids, mask):
        return self.classifier(self.dropout(self.bert(ids, mask).last_hidden_state[:, 0]))


def sums(dtype):
    """Milliseconds of one sum over ranks."""
    x = torch.zeros(job["elements"], device=device, dtype=dtype)
    for _ in range(5):
        dist.all_reduce(x)
    idle()
    dist.barrier()
    start = time.perf_counter()
    for _ in range(20):
        dist.all_reduce(x)
    idle()
    return (time.perf_counter() - start) / 20 * 1e3


def step():
    """Median milliseconds of a training step."""
    torch.manual_seed(0)
    model = Classifier().to(device).train()
    net = DistributedDataParallel(model, device_ids=[0] if cuda else None, gradient_as_bucket_view=True) if world > 1 else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, **({"fused": True} if cuda else {}))
    scaler = torch.amp.GradScaler(device.type, enabled=job["amp"])
    torch.manual_seed(1 + rank)
    ids = torch.randint(0, job["config"]["vocab_size"], (job["batch"], job["length"]), device=device)
    mask = torch.ones_like(ids)
    labels = torch.randint(0, 2, (job["batch"],), device=device)
    times = []
    for _ in range(job["warmup"] + job["steps"]):
        idle()
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast(device.type, torch.float16 if cuda else torch.bfloat16, enabled=job["amp"]):
            loss = nn.functional.cross_entropy(net(ids, mask).float(), labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        idle()
        times.append(time.perf_counter() - start)
    return statistics.median(times[job["warmup"]:]) * 1e3


answer = {"torch": torch.__version__, "step": step()}
if world > 1:
    answer["float"] = sums(torch.float32)
    answer["half"] = sums(torch.float16)
if rank == 0:
    result.write(json.dumps(answer) + "\n")
    result.flush()
dist.barrier()
dist.destroy_process_group()
