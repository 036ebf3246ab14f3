# SPDX-License-Identifier: Apache-2.0
"""One PyTorch contender of `mixed compare`: reads requests from standard input and answers on standard output, a JSON object a line.

    {"op": "setup", "device": "cpu"|"cuda", "threads": n, "amp": bool, "compile": bool, "nested": bool, "tf32": bool, "seed": n, "rate": x, "decay": x, "clip": x, "config": {...}}
    {"op": "batches", "batches": [{"length": n, "rows": [[id, ...], ...], "labels": [n, ...], "weights": [x, ...]}, ...]}
    {"op": "run", "first": i, "count": n}     trains on batches i, i+1, ... i+n-1 of those sent last, starting over at their end

`run` answers with the seconds from an idle device to an idle device, the last loss and the peak memory. The model is transformers' BertModel where
transformers is installed, and otherwise the same written with torch.nn; a linear classifier stands on the last hidden state of [CLS], after dropout.

With "nested", nothing is padded: the texts of a batch stand one after the other in one row of tokens, and attention stays within each by PyTorch's nested
tensors of layout jagged.
"""
import json
import os
import sys
import time

# Answers have standard output for themselves: what libraries print goes to standard error.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def answer(**fields):
    answers.write(json.dumps(fields) + "\n")
    answers.flush()


def memory(field):
    """VmRSS or VmHWM of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/status") as f:
            return next((int(line.split()[1]) * 1024 for line in f if line.startswith(field + ":")), 0)
    except OSError:
        return 0


try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except Exception as e:
    answer(error="torch cannot be imported: %s" % e)
    sys.exit(1)


class Texts:
    """Where the texts of the batch at hand start in its row of tokens, and the last ends; the lengths of the shortest and the longest. None if rows are padded."""

    starts, shortest, longest = None, 0, 0


def attention_within_texts(q, k, v, dropout, scale=None):
    """Attention of q, k and v, each [1, heads, tokens, d], as [tokens, heads, d]."""

    def nested(x):
        values = x[0].transpose(0, 1).contiguous()
        return torch.nested.nested_tensor_from_jagged(values, offsets=Texts.starts, min_seqlen=Texts.shortest, max_seqlen=Texts.longest).transpose(1, 2)

    return F.scaled_dot_product_attention(nested(q), nested(k), nested(v), dropout_p=dropout, scale=scale).transpose(1, 2).values()


class PlainLayer(nn.Module):
    """Post-norm encoder layer."""

    def __init__(self, c):
        super().__init__()
        h = c["hidden_size"]
        self.heads, self.attention_dropout = c["num_attention_heads"], c["attention_probs_dropout_prob"]
        self.query, self.key, self.value, self.dense = nn.Linear(h, h), nn.Linear(h, h), nn.Linear(h, h), nn.Linear(h, h)
        self.intermediate, self.output = nn.Linear(h, c["intermediate_size"]), nn.Linear(c["intermediate_size"], h)
        self.attention_norm, self.output_norm = nn.LayerNorm(h, eps=c["layer_norm_eps"]), nn.LayerNorm(h, eps=c["layer_norm_eps"])
        self.dropout = nn.Dropout(c["hidden_dropout_prob"])

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, bias):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        p = self.attention_dropout if self.training else 0.0
        if Texts.starts is not None:
            context = attention_within_texts(q, k, v, p)[None].transpose(1, 2)
        elif hasattr(F, "scaled_dot_product_attention"):
            context = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype), dropout_p=p)
        else:
            context = F.dropout((q @ k.transpose(2, 3) * q.shape[-1] ** -0.5 + bias).softmax(-1), p) @ v
        context = context.transpose(1, 2).reshape(x.shape)
        x = self.attention_norm(self.dropout(self.dense(context)) + x)
        return self.output_norm(self.dropout(self.output(F.gelu(self.intermediate(x)))) + x)


class PlainBert(nn.Module):
    """BERT's encoder."""

    def __init__(self, c, nested):
        super().__init__()
        h = c["hidden_size"]
        self.words = nn.Embedding(c["vocab_size"], h, padding_idx=0)
        self.positions, self.types = nn.Embedding(c["max_position_embeddings"], h), nn.Embedding(c["type_vocab_size"], h)
        self.norm, self.dropout = nn.LayerNorm(h, eps=c["layer_norm_eps"]), nn.Dropout(c["hidden_dropout_prob"])
        self.layers = nn.ModuleList(PlainLayer(c) for _ in range(c["num_hidden_layers"]))
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids, types, mask, positions):
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.norm(self.words(ids) + self.types(types) + self.positions(positions)))
        bias = None if mask is None else (1.0 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layers:
            x = layer(x, bias)
        return x


class HuggingFaceBert(nn.Module):
    def __init__(self, c, nested):
        super().__init__()
        own = {}
        if nested:
            transformers.AttentionInterface.register("within_texts", self.attend)
            own["attn_implementation"] = "within_texts"
        self.model = transformers.BertModel(transformers.BertConfig(**c, **own), add_pooling_layer=False)

    @staticmethod
    def attend(module, query, key, value, attention_mask, dropout=0.0, scaling=None, **unused):
        return attention_within_texts(query, key, value, dropout, scaling)[None], None

    def forward(self, ids, types, mask, positions):
        return self.model(input_ids=ids, token_type_ids=types, attention_mask=mask, position_ids=positions).last_hidden_state


class Classifier(nn.Module):
    def __init__(self, bert, c, logits):
        super().__init__()
        self.bert, self.dropout = bert, nn.Dropout(c["hidden_dropout_prob"])
        self.classifier = nn.Linear(c["hidden_size"], logits)

    def forward(self, ids, types, mask, positions=None):
        hidden = self.bert(ids, types, mask, positions)
        return self.classifier(self.dropout(hidden[:, 0] if Texts.starts is None else hidden[0, Texts.starts[:-1]]))


try:
    import transformers
    implementation, encoder = "transformers " + transformers.__version__, HuggingFaceBert
except ImportError:
    implementation, encoder = "torch.nn", PlainBert


class Trainer:
    def __init__(self, r):
        self.device, self.amp, self.clip = r["device"], r["amp"], r["clip"]
        torch.backends.cuda.matmul.allow_tf32 = r["tf32"]
        if self.device == "cpu":
            torch.set_num_threads(r["threads"])
        torch.manual_seed(r["seed"])
        self.base = memory("VmRSS")
        self.nested = r["nested"]
        model = Classifier(encoder(r["config"], self.nested), r["config"], r["logits"]).to(self.device).train()
        named = list(model.named_parameters())
        self.parameters = [p for _, p in named]
        groups = [{"params": [p for p in self.parameters if p.dim() > 1], "weight_decay": r["decay"]},
                  {"params": [p for p in self.parameters if p.dim() == 1], "weight_decay": 0.0}]
        try:
            # PyTorch's fastest, and what transformers' trainer takes.
            self.optimizer = torch.optim.AdamW(groups, lr=r["rate"], fused=True)
        except (RuntimeError, TypeError):
            self.optimizer = torch.optim.AdamW(groups, lr=r["rate"])
        self.model = torch.compile(model) if r["compile"] else model
        self.scaler = torch.amp.GradScaler(self.device) if self.amp else None
        self.batches = []

    def load(self, batches):
        self.batches = [self.one_row(b) if self.nested else self.tensors(b) for b in batches]

    def one_row(self, b):
        """A batch without padding in host memory: rows that are missing are texts of one token and weight 0."""
        rows = b["rows"] + [[0]] * (len(b["labels"]) - len(b["rows"]))
        lengths = [len(row) for row in rows]
        ids = torch.tensor([i for row in rows for i in row])[None]
        positions = torch.cat([torch.arange(n) for n in lengths])[None]
        starts = torch.tensor([0] + lengths).cumsum(0)
        made = ids, torch.zeros_like(ids), positions, starts, torch.tensor(b["labels"]), torch.tensor(b["weights"], dtype=torch.float32)
        return self.pinned(made) + (min(lengths), max(lengths))

    def tensors(self, b):
        """A padded batch in host memory: rows that are missing are filled up with rows of weight 0."""
        rows, length = len(b["labels"]), b["length"]
        ids = torch.zeros(rows, length, dtype=torch.long)
        mask = torch.zeros(rows, length, dtype=torch.long)
        mask[:, 0] = 1
        for i, row in enumerate(b["rows"]):
            ids[i, :len(row)] = torch.tensor(row)
            mask[i, :len(row)] = 1
        made = ids, torch.zeros_like(ids), mask, torch.tensor(b["labels"]), torch.tensor(b["weights"], dtype=torch.float32)
        return self.pinned(made)

    def pinned(self, tensors):
        return tuple(t.pin_memory() for t in tensors) if self.device == "cuda" else tensors

    def step(self, batch):
        if self.nested:
            ids, types, positions, Texts.starts, labels, weights = (t.to(self.device, non_blocking=True) for t in batch[:6])
            Texts.shortest, Texts.longest = batch[6:]
            inputs = ids, types, None, positions
        else:
            ids, types, mask, labels, weights = (t.to(self.device, non_blocking=True) for t in batch)
            inputs = ids, types, mask
        self.optimizer.zero_grad(set_to_none=True)
        if self.amp:
            with torch.autocast(self.device, dtype=torch.float16):
                loss = self.loss(self.model(*inputs), labels, weights)
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.parameters, self.clip)
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            loss = self.loss(self.model(*inputs), labels, weights)
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters, self.clip)
            self.optimizer.step()
        return loss

    @staticmethod
    def loss(logits, labels, weights):
        if logits.shape[1] == 1:
            each = F.binary_cross_entropy_with_logits(logits[:, 0], labels.to(logits.dtype), reduction="none")
        else:
            each = F.cross_entropy(logits, labels, reduction="none")
        return (each * weights).sum() / weights.sum()

    def synchronize(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def run(self, first, count):
        self.synchronize()
        start = time.perf_counter()
        for i in range(first, first + count):
            loss = self.step(self.batches[i % len(self.batches)])
        self.synchronize()
        seconds = time.perf_counter() - start
        peak = torch.cuda.max_memory_allocated() if self.device == "cuda" else max(0, memory("VmHWM") - self.base)
        return {"seconds": seconds, "loss": loss.item(), "peak_bytes": peak}


cuda = torch.cuda.is_available()
answer(torch=torch.__version__, model=implementation, cuda=cuda, device=torch.cuda.get_device_name() if cuda else "cpu",
       compile=hasattr(torch, "compile"), scaler=hasattr(torch, "amp") and hasattr(torch.amp, "GradScaler"))
trainer = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["op"] == "setup":
            trainer = Trainer(request)
            answer(parameters=sum(p.numel() for p in trainer.parameters))
        elif request["op"] == "batches":
            trainer.load(request["batches"])
            answer(count=len(trainer.batches))
        elif request["op"] == "run":
            answer(**trainer.run(request["first"], request["count"]))
        else:
            answer(error="unknown request " + request["op"])
    except Exception as e:
        lines = str(e).strip().splitlines()
        answer(error="%s: %s" % (type(e).__name__, lines[0] if lines else "no message"))
