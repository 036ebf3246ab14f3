# SPDX-License-Identifier: Apache-2.0
"""The side of PyTorch and transformers in `mixed compare scores`: python3 scores.py request.json

Trains a BERT from random weights once for each seed, scores it on the validation texts after each epoch, and answers with the test score of the best
epoch, a JSON object a line on standard output: {"seed": 1, "score": 0.57, "epoch": 9, "validation": 0.58, "seconds": 17.1, "skipped": 2}. Data, batches,
schedule, loss and scores are all this script's own. The request names

    task        classification | regression | multilabel | tokens
    train, validation, test     .tsv, or .conll for tokens
    columns     {"text": "...", "pair": "...", "label": "..."} of files with a header; without it, rows are text and numbers of labels
    labels      file with a label's name a line, for multilabel
    vocab       vocab.txt; config: sizes and dropouts as transformers.BertConfig has them
    samples     the first so many texts of each split, or null
    seeds, epochs, batch, length, lr, warmup, decay, clip, amp, device, threads
"""
import json
import math
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def answer(**fields):
    answers.write(json.dumps(fields) + "\n")
    answers.flush()


def lines(path):
    with open(path, encoding="utf-8-sig", newline="\n") as f:
        return [line.rstrip("\r\n") for line in f]


def table(path, columns):
    """Texts, second texts or None, and labels as they are written."""
    rows = [line.split("\t") for line in lines(path) if line]
    if columns is None:
        return [r[0] for r in rows], None, [r[1] for r in rows]
    names = rows.pop(0)
    text, pair, label = (names.index(columns[c]) for c in ("text", "pair", "label"))
    return [r[text] for r in rows], [r[pair] for r in rows], [r[label] for r in rows]


def conll(path):
    """Words and tags of each text."""
    texts, words, tags = [], [], []
    for line in lines(path) + [""]:
        if line.strip():
            cells = line.split("\t")
            words.append(cells[0])
            tags.append(cells[-1])
        elif words:
            texts.append((words, tags))
            words, tags = [], []
    return [t[0] for t in texts], [t[1] for t in texts]


def accuracy(truth, predicted):
    return sum(t == p for t, p in zip(truth, predicted)) / len(truth)


def pearson(x, y):
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    x, y = [a - mean_x for a in x], [b - mean_y for b in y]
    return math.fsum(a * b for a, b in zip(x, y)) / math.sqrt(math.fsum(a * a for a in x) * math.fsum(b * b for b in y))


def f1(right, predicted, there):
    return 2 * right / (predicted + there) if predicted + there else 0.0


def micro_f1(truth, predicted):
    """Of 0s and 1s, a row a text."""
    pairs = [(t, p) for a, b in zip(truth, predicted) for t, p in zip(a, b)]
    return f1(sum(t and p for t, p in pairs), sum(p for _, p in pairs), sum(t for t, _ in pairs))


def entities(tags):
    """(type, first, last) of the entities in IOB2 tags; an I- that goes on with nothing begins one, as in conlleval."""
    found, first = [], None
    for i, tag in enumerate(list(tags) + ["O"]):
        goes_on = i > 0 and tag.startswith("I-") and tags[i - 1] != "O" and tags[i - 1][2:] == tag[2:]
        if first is not None and not goes_on:
            found.append((tags[first][2:], first, i - 1))
            first = None
        if tag != "O" and not goes_on:
            first = i
    return found


def entity_f1(truth, predicted):
    right = said = there = 0
    for t, p in zip(truth, predicted):
        t, p = set(entities(t)), set(entities(p))
        right, said, there = right + len(t & p), said + len(p), there + len(t)
    return f1(right, said, there)


class Task:
    """Rows of a data set as inputs and targets, the loss of a model's logits, and their score."""

    def __init__(self, r, tokenizer):
        self.kind, self.length, self.tokenizer, self.columns = r["task"], r["length"], tokenizer, r.get("columns")
        self.names = None
        if self.kind == "multilabel":
            self.names = [line.strip() for line in lines(r["labels"]) if line.strip()]
        self.train, self.validation, self.test = (self.read(r[split])[:r.get("samples")] for split in ("train", "validation", "test"))

    def read(self, path):
        if self.kind == "tokens":
            words, tags = conll(path)
            self.names = self.names or sorted({t for row in tags for t in row})
            encoded = self.tokenizer(words, is_split_into_words=True, truncation=True, max_length=self.length)
            rows = []
            for i, ids in enumerate(encoded["input_ids"]):
                # The place of each word's first piece; None for one that is cut off or has none.
                places, seen = [None] * len(words[i]), set()
                for place, word in enumerate(encoded.word_ids(i)):
                    if word is not None and word not in seen:
                        seen.add(word)
                        places[word] = place
                target = [-100] * len(ids)
                for word, place in enumerate(places):
                    if place is not None:
                        target[place] = self.names.index(tags[i][word]) if tags[i][word] in self.names else -100
                rows.append((ids, [0] * len(ids), target, (tags[i], places)))
            return rows
        texts, pairs, labels = table(path, self.columns)
        if self.kind == "classification":
            self.names = self.names or sorted(set(labels))
            targets = [self.names.index(label) for label in labels]
        elif self.kind == "regression":
            targets = [float(label) for label in labels]
        else:
            targets = [[1.0 if str(c) in label.split(",") else 0.0 for c in range(len(self.names))] for label in labels]
        encoded = self.tokenizer(texts, pairs, truncation="longest_first", max_length=self.length) if pairs else self.tokenizer(
            texts, truncation=True, max_length=self.length)
        return [(ids, types, target, target) for ids, types, target in zip(encoded["input_ids"], encoded["token_type_ids"], targets)]

    def model(self, config):
        labels = 1 if self.kind == "regression" else len(self.names)
        kind = transformers.BertForTokenClassification if self.kind == "tokens" else transformers.BertForSequenceClassification
        problem = {"classification": "single_label_classification", "regression": "regression", "multilabel": "multi_label_classification", "tokens": None}
        return kind(transformers.BertConfig(num_labels=labels, problem_type=problem[self.kind], vocab_size=len(self.tokenizer), **config))

    def batch(self, rows, device):
        longest = max(len(row[0]) for row in rows)

        def padded(column, fill):
            return [row[column] + [fill] * (longest - len(row[column])) for row in rows]

        made = {"input_ids": torch.tensor(padded(0, 0)), "token_type_ids": torch.tensor(padded(1, 0)),
                "attention_mask": torch.tensor([[1] * len(row[0]) + [0] * (longest - len(row[0])) for row in rows]),
                "labels": torch.tensor(padded(2, -100) if self.kind == "tokens" else [row[2] for row in rows])}
        return {name: (t.pin_memory() if device == "cuda" else t).to(device, non_blocking=True) for name, t in made.items()}

    def score(self, rows, logits):
        """logits: a list with those of each row."""
        truth = [row[3] for row in rows]
        if self.kind == "classification":
            return accuracy(truth, [int(l.argmax()) for l in logits])
        if self.kind == "regression":
            return pearson(truth, [float(l[0]) for l in logits])
        if self.kind == "multilabel":
            return micro_f1(truth, [(l > 0).int().tolist() for l in logits])
        predicted = []
        for (_, places), l in zip(truth, logits):
            best = l.argmax(-1).tolist()
            predicted.append(["O" if place is None else self.names[best[place]] for place in places])
        return entity_f1([tags for tags, _ in truth], predicted)


def scored(task, model, rows, r):
    model.eval()
    logits = []
    with torch.no_grad(), torch.autocast(r["device"], dtype=torch.float16, enabled=r["amp"]):
        for i in range(0, len(rows), r["batch"]):
            out = model(**task.batch(rows[i:i + r["batch"]], r["device"])).logits.float().cpu()
            logits.extend(out.unbind())
    model.train()
    return task.score(rows, logits)


def run(task, r, seed):
    start = time.perf_counter()
    torch.manual_seed(seed)
    device, amp = r["device"], r["amp"]
    model = task.model(r["config"]).to(device).train()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": decayed, "weight_decay": r["decay"]}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=r["lr"], fused=device == "cuda")
    each = -(-len(task.train) // r["batch"])
    steps = each * r["epochs"]
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, round(steps * r["warmup"]), steps)
    scaler = torch.amp.GradScaler(device, enabled=amp)
    best, kept, at, skipped = -math.inf, None, 0, 0
    for epoch in range(1, r["epochs"] + 1):
        order = torch.randperm(len(task.train)).tolist()
        for i in range(0, len(order), r["batch"]):
            batch = task.batch([task.train[k] for k in order[i:i + r["batch"]]], device)
            with torch.autocast(device, dtype=torch.float16, enabled=amp):
                loss = model(**batch).loss
            optimizer.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), r["clip"])
            before = scaler.get_scale()
            scaler.step(optimizer)
            scaler.update()
            skipped += scaler.get_scale() < before
            schedule.step()
        score = scored(task, model, task.validation, r)
        print("seed %d, epoch %d of %d: loss %.4f, validation %.4f" % (seed, epoch, r["epochs"], loss.item(), score), file=sys.stderr, flush=True)
        if score > best:
            best, at = score, epoch
            kept = {name: t.detach().clone() for name, t in model.state_dict().items()}
    if kept is None:
        raise ValueError("no validation score is a number")
    model.load_state_dict(kept)
    test = scored(task, model, task.test, r)
    print("seed %d, model of epoch %d: test %.4f" % (seed, at, test), file=sys.stderr, flush=True)
    answer(seed=seed, score=test, epoch=at, validation=best, seconds=time.perf_counter() - start, skipped=int(skipped))


def main(path):
    with open(path, encoding="utf-8") as f:
        r = json.load(f)
    if r["device"] == "cuda" and not torch.cuda.is_available():
        return answer(error="torch %s finds no CUDA device" % torch.__version__)
    if r["device"] == "cpu":
        torch.set_num_threads(r["threads"])
    answer(torch=torch.__version__, transformers=transformers.__version__,
           device=torch.cuda.get_device_name() if r["device"] == "cuda" else "cpu")
    try:
        task = Task(r, transformers.BertTokenizer(vocab=r["vocab"]))
        for seed in r["seeds"]:
            run(task, r, seed)
    except Exception as e:
        message = str(e).strip().splitlines()
        answer(error="%s: %s" % (type(e).__name__, message[0] if message else "no message"))


if __name__ == "__main__":
    try:
        import torch
        import transformers
    except Exception as e:
        answer(error="torch and transformers cannot be imported: %s" % e)
        sys.exit(1)
    main(sys.argv[1])
