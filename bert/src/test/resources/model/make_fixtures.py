# SPDX-License-Identifier: Apache-2.0
"""Makes the fixtures beside this script with the real libraries (made with torch 2.13.0+cpu, transformers 5.18.0, safetensors 0.8.0).

bce.safetensors   two classes, one logit, binary cross entropy, exact GELU
ce.safetensors    three classes, cross entropy, GELU by tanh

Each holds a small BERT with random weights (biases and norms too, so that every gradient has something to say), a batch with padding, and what
the libraries compute from it in double precision without dropout: the last hidden state, logits, loss, all gradients, the gradients' norm, and the
weights after three steps of AdamW with clipping, the learning rates below, and weight decay on matrices only. All stored as float32.
"""
import os
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

RATES = [1e-3, 7e-4, 4e-4]
DECAY = 0.01
CLIP = 0.5
here = os.path.dirname(os.path.abspath(__file__))


class Classifier(torch.nn.Module):
    def __init__(self, config, logits):
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        self.classifier = torch.nn.Linear(config.hidden_size, logits)

    def forward(self, ids, types, mask):
        out = self.bert(input_ids=ids, token_type_ids=types, attention_mask=mask)
        return out.last_hidden_state, self.classifier(out.last_hidden_state[:, 0])


def make(name, logits, activation, seed):
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=48, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40, max_position_embeddings=12,
                        hidden_act=activation, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager")
    model = Classifier(config, logits).double().train()
    with torch.no_grad():
        for key, p in model.named_parameters():
            value = torch.randn(p.shape) * (0.3 if p.dim() > 1 else 0.2)
            p.copy_(value + 1 if key.endswith("LayerNorm.weight") else value)
        model.bert.embeddings.word_embeddings.weight[0] = 0
    ids = torch.tensor([[2, 7, 19, 33, 41, 5, 3], [2, 11, 28, 3, 0, 0, 0], [2, 46, 46, 11, 3, 0, 0], [2, 3, 0, 0, 0, 0, 0]])
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3, [1] * 5 + [0] * 2, [1] * 2 + [0] * 5])
    types = torch.tensor([[0, 0, 0, 0, 1, 1, 1], [0] * 7, [0, 0, 0, 1, 1, 0, 0], [0] * 7])
    labels = torch.tensor([1, 0, 1, 0] if logits == 1 else [2, 0, 1, 2])

    def loss_of(output):
        if logits == 1:
            return torch.nn.functional.binary_cross_entropy_with_logits(output[:, 0], labels.double())
        return torch.nn.functional.cross_entropy(output, labels)

    saved = {"input_ids": ids.int(), "attention_mask": mask.int(), "token_type_ids": types.int(), "labels": labels.int()}
    named = dict(model.named_parameters())
    for key, p in named.items():
        saved["before." + key] = p.detach().clone()
    optimizer = torch.optim.AdamW([{"params": [p for p in named.values() if p.dim() > 1], "weight_decay": DECAY},
                                   {"params": [p for p in named.values() if p.dim() == 1], "weight_decay": 0.0}], lr=RATES[0])
    losses = []
    for step, rate in enumerate(RATES):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        hidden, output = model(ids, types, mask)
        loss = loss_of(output)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            saved["last_hidden_state"] = hidden.detach().clone()
            saved["logits"] = output.detach().clone()
            for key, p in named.items():
                saved["grad." + key] = p.grad.detach().clone()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        if step == 0:
            saved["grad_norm"] = norm.reshape(1)
        optimizer.step()
    saved["losses"] = torch.tensor(losses)
    for key, p in named.items():
        saved["after." + key] = p.detach().clone()
    saved = {k: (v if v.dtype == torch.int32 else v.float()).contiguous() for k, v in saved.items()}
    save_file(saved, os.path.join(here, name + ".safetensors"))
    print(name, losses, saved["grad_norm"].item())


make("bce", 1, "gelu", 1)
make("ce", 3, "gelu_new", 2)
