# SPDX-License-Identifier: Apache-2.0
"""Makes schedules.csv and adamw.csv beside this script with the real libraries (made with torch 2.13.0, transformers 5.18.0).

schedules.csv: name, warm-up steps, steps, cycles, power, end, peak, then the learning rate of each step and of the one after the last.
adamw.csv: beta1, beta2, eps, weight decay, then the initial values, and for each step the gradients and the values after it.
"""
import csv
import os

import torch
import transformers.optimization as hf

here = os.path.dirname(os.path.abspath(__file__))


def rates(make, steps, peak):
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = make(optimizer)
    all_rates = []
    for _ in range(steps + 1):
        all_rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return all_rates


with open(os.path.join(here, "schedules.csv"), "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    for warmup, steps, peak in ((0, 12, 5e-4), (3, 20, 2e-5), (7, 7, 1e-3)):
        def row(name, make, cycles="", power="", end=""):
            out.writerow([name, warmup, steps, cycles, power, end, peak] + [repr(r) for r in rates(make, steps, peak)])
        row("linear", lambda o: hf.get_linear_schedule_with_warmup(o, warmup, steps))
        for cycles in (0.5, 1.25, 3):
            row("cosine", lambda o: hf.get_cosine_schedule_with_warmup(o, warmup, steps, num_cycles=cycles), cycles=cycles)
        for cycles in (1, 2, 5):
            row("cosine_with_restarts", lambda o: hf.get_cosine_with_hard_restarts_schedule_with_warmup(o, warmup, steps, num_cycles=cycles),
                cycles=cycles)
        if warmup < steps:
            for power, end in ((1.0, 1e-7), (2.0, 1e-6), (0.5, 0.0)):
                row("polynomial", lambda o: hf.get_polynomial_decay_schedule_with_warmup(o, warmup, steps, lr_end=end, power=power), power=power,
                    end=end)
        if warmup == 0:
            row("constant", lambda o: hf.get_constant_schedule(o))
        row("constant_with_warmup", lambda o: hf.get_constant_schedule_with_warmup(o, warmup))
        row("inverse_sqrt", lambda o: hf.get_inverse_sqrt_schedule(o, warmup))

torch.manual_seed(3)
with open(os.path.join(here, "adamw.csv"), "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    for beta1, beta2, eps, decay in ((0.9, 0.999, 1e-8, 0.01), (0.8, 0.95, 1e-6, 0.1), (0.0, 0.9, 1e-3, 0.0), (0.95, 0.0, 1e-2, 0.05)):
        p = torch.nn.Parameter(torch.randn(5, dtype=torch.float64))
        optimizer = torch.optim.AdamW([p], lr=0.01, betas=(beta1, beta2), eps=eps, weight_decay=decay)
        row = p.tolist()
        for _ in range(8):
            p.grad = torch.randn(5, dtype=torch.float64) * 0.1
            row += p.grad.tolist()
            optimizer.step()
            row += p.tolist()
        out.writerow([beta1, beta2, eps, decay] + [repr(v) for v in row])
