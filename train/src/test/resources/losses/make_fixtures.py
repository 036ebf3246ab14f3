# SPDX-License-Identifier: Apache-2.0
"""Makes the folders and files beside this script with the real libraries (made with torch 2.13.0, transformers 5.18.0, safetensors 0.8.0).

sequence/, tokens/, words/  small models of transformers with random weights: three classes, four tags, a masked language model
NAME.safetensors            a batch with padding, and for each case of weights of classes and label smoothing the loss and all gradients, in double precision
                            without dropout; torch.nn.functional.cross_entropy makes the losses
"""
import os
import shutil

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification, BertForTokenClassification

here = os.path.dirname(os.path.abspath(__file__))
CASES = {"plain": (None, 0.0), "smoothed": (None, 0.1), "weighted": ([0.5, 2.0, 1.25, 3.0], 0.0), "both": ([0.5, 2.0, 1.25, 3.0], 0.2)}
ids = torch.tensor([[2, 7, 19, 11, 3], [2, 11, 8, 3, 0], [2, 16, 16, 11, 3], [2, 3, 0, 0, 0]])
mask = (ids > 0).long()
types = torch.tensor([[0, 0, 0, 1, 1], [0] * 5, [0, 0, 0, 1, 1], [0] * 5])


def make(name, cls, labels, classes, names, seed, weights_too=True, **more):
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=12,
                        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager", **more)
    model = cls(config)
    with torch.no_grad():
        for key, p in model.named_parameters():
            value = torch.randn(p.shape) * (0.3 if p.dim() > 1 else 0.2)
            p.copy_(value + 1 if key.endswith("LayerNorm.weight") else value)
    folder = os.path.join(here, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    model = model.double()
    saved = {"input_ids": ids.int(), "attention_mask": mask.int(), "token_type_ids": types.int(), "labels": labels.reshape(-1).int()}
    for case, (weights, smoothing) in CASES.items():
        if weights is not None and not weights_too:
            continue
        model.zero_grad()
        logits = model(input_ids=ids, attention_mask=mask, token_type_ids=types).logits.reshape(-1, classes)
        weight = None if weights is None else torch.tensor(weights[:classes], dtype=torch.float64)
        loss = torch.nn.functional.cross_entropy(logits, labels.reshape(-1), weight=weight, label_smoothing=smoothing)
        loss.backward()
        saved["logits"] = logits.detach()
        saved[case + ".loss"] = loss.detach().reshape(1)
        for key, p in model.named_parameters():
            saved[case + ".grad." + key] = p.grad.clone() if p.grad is not None else torch.zeros_like(p)
    save_file({k: (v if v.dtype == torch.int32 else v.float()).contiguous() for k, v in saved.items()}, os.path.join(here, name + ".safetensors"))


three = {0: "negative", 1: "neutral", 2: "positive"}
tags = {0: "O", 1: "B-X", 2: "I-X", 3: "B-Y"}
make("sequence", BertForSequenceClassification, torch.tensor([2, 0, 1, 2]), 3, three, 1, id2label=three, label2id={v: k for k, v in three.items()})
make("tokens", BertForTokenClassification,
     torch.tensor([[-100, 1, 2, 0, -100], [-100, 0, -100, -100, -100], [-100, 3, 3, 0, -100], [-100, -100, -100, -100, -100]]), 4, tags, 2, id2label=tags,
     label2id={v: k for k, v in tags.items()})
make("words", BertForMaskedLM, torch.tensor([[-100, 9, -100, 12, -100], [-100, -100, 5, -100, -100], [-100] * 5, [-100] * 5]), 20, None, 3,
     weights_too=False)

# Two classes that share one logit: its cross entropy is that of the logits 0 and x.
torch.manual_seed(4)
x = torch.randn(6, dtype=torch.float64, requires_grad=True)
y = torch.tensor([0, 1, 1, 0, 1, 0])
one = {"logits": x.detach().clone(), "labels": y.int()}
for case, (weights, smoothing) in CASES.items():
    x.grad = None
    weight = None if weights is None else torch.tensor(weights[:2], dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(torch.stack([torch.zeros(6, dtype=torch.float64), x], 1), y, weight=weight, label_smoothing=smoothing)
    loss.backward()
    one[case + ".loss"] = loss.detach().reshape(1)
    one[case + ".grad"] = x.grad.clone()
save_file({k: (v if v.dtype == torch.int32 else v.float()).contiguous() for k, v in one.items()}, os.path.join(here, "one-logit.safetensors"))
