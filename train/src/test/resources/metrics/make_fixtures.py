# SPDX-License-Identifier: Apache-2.0
"""Makes scores.json beside this script with the real libraries (made with scikit-learn 1.2.1, scipy 1.10.1, numpy 1.24.2).

A list of cases, each with what a model was given and said, and the scores of the libraries under the names that miXed has for them.
"""
import json
import os

import numpy as np
from scipy import stats
from sklearn import metrics as m

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)
cases = []


def classification(classes, size, absent=()):
    present = [c for c in range(classes) if c not in absent]
    truth = rng.choice(present, size)
    probabilities = rng.dirichlet(np.ones(classes), size).round(2) + 0.01
    probabilities[np.arange(size), truth] += 0.3
    probabilities /= probabilities.sum(1, keepdims=True)
    predicted = probabilities.argmax(1)
    kw = {"zero_division": 0}
    scores = {"accuracy": m.accuracy_score(truth, predicted), "micro_f1": m.f1_score(truth, predicted, average="micro", **kw),
              "mcc": m.matthews_corrcoef(truth, predicted)}
    for average in ("macro", "weighted"):
        scores[average + "_precision"] = m.precision_score(truth, predicted, average=average, **kw)
        scores[average + "_recall"] = m.recall_score(truth, predicted, average=average, **kw)
        scores[average + "_f1"] = m.f1_score(truth, predicted, average=average, **kw)
    if classes == 2:
        scores["binary_precision"] = m.precision_score(truth, predicted, **kw)
        scores["binary_recall"] = m.recall_score(truth, predicted, **kw)
        scores["binary_f1"] = m.f1_score(truth, predicted, **kw)
        if not absent:
            scores["roc_auc"] = m.roc_auc_score(truth, probabilities[:, 1])
    elif not absent:
        scores["roc_auc"] = m.roc_auc_score(truth, probabilities, multi_class="ovr", average="macro", labels=list(range(classes)))
    cases.append({"task": "classification", "truth": truth.tolist(), "predicted": predicted.tolist(), "probabilities": probabilities.tolist(),
                  "confusion": m.confusion_matrix(truth, predicted, labels=list(range(classes))).tolist(), "scores": scores})


def regression(truth, predicted):
    cases.append({"task": "regression", "truth": truth.tolist(), "predicted": predicted.tolist(),
                  "scores": {"pearson": stats.pearsonr(truth, predicted)[0], "spearman": stats.spearmanr(truth, predicted)[0],
                             "mse": m.mean_squared_error(truth, predicted), "mae": m.mean_absolute_error(truth, predicted),
                             "r2": m.r2_score(truth, predicted)}})


def multilabel(labels, size, threshold):
    truth = (rng.random((size, labels)) < 0.3).astype(int)
    probabilities = (0.6 * rng.random((size, labels)) + 0.35 * truth).round(2)
    predicted = (probabilities > threshold).astype(int)
    kw = {"zero_division": 0}
    scores = {"subset_accuracy": m.accuracy_score(truth, predicted), "micro_roc_auc": m.roc_auc_score(truth, probabilities, average="micro"),
              "macro_roc_auc": m.roc_auc_score(truth, probabilities, average="macro")}
    for average in ("micro", "macro", "samples"):
        scores[average + "_f1"] = m.f1_score(truth, predicted, average=average, **kw)
    for average in ("micro", "macro"):
        scores[average + "_precision"] = m.precision_score(truth, predicted, average=average, **kw)
        scores[average + "_recall"] = m.recall_score(truth, predicted, average=average, **kw)
    cases.append({"task": "multilabel", "truth": truth.tolist(), "probabilities": probabilities.tolist(), "threshold": threshold, "scores": scores})


def entities(tags):
    """Every span whose inside goes on and whose ends do not, by trying all: an independent form of what seqeval counts (seqeval is not installed here)."""
    def goes_on(i):
        return 0 < i < len(tags) and tags[i - 1][0] in "BI" and tags[i][0] in "IE" and tags[i - 1][2:] == tags[i][2:]
    return {(tags[a][2:], a, b) for a in range(len(tags)) for b in range(a, len(tags))
            if tags[a] != "O" and all(goes_on(i) for i in range(a + 1, b + 1)) and not goes_on(a) and not goes_on(b + 1)}


def tags(truth, predicted):
    a = {(i, *e) for i, t in enumerate(truth) for e in entities(t)}
    b = {(i, *e) for i, t in enumerate(predicted) for e in entities(t)}
    kinds = sorted({e[1] for e in a | b})

    def prf(x, y):
        p = len(x & y) / len(y) if y else 0.0
        r = len(x & y) / len(x) if x else 0.0
        return p, r, 2 * p * r / (p + r) if p + r else 0.0

    each = [prf({e for e in a if e[1] == k}, {e for e in b if e[1] == k}) for k in kinds]
    support = [sum(e[1] == k for e in a) for k in kinds]
    p, r, f = prf(a, b)
    words = [x == y for t, s in zip(truth, predicted) for x, y in zip(t, s)]
    cases.append({"task": "tokens", "truth": truth, "predicted": predicted,
                  "scores": {"accuracy": float(np.mean(words)), "precision": p, "recall": r, "f1": f, "macro_precision": float(np.mean([e[0] for e in each])),
                             "macro_recall": float(np.mean([e[1] for e in each])), "macro_f1": float(np.mean([e[2] for e in each])),
                             "weighted_f1": float(np.average([e[2] for e in each], weights=support))}})


classification(2, 41)
classification(2, 9)
classification(3, 57)
classification(5, 23, absent=(2,))
classification(7, 200)
classification(2, 6, absent=(1,))
regression(rng.normal(3, 1, 50), rng.normal(3, 1, 50))
regression(rng.integers(1, 6, 40).astype(float), rng.integers(10, 50, 40) / 10)
regression(np.array([1.0, 2.0]), np.array([1e8 + 2.0, 1e8 + 1.0]))
multilabel(3, 40, 0.5)
multilabel(7, 90, 0.3)
# The example in seqeval's documentation, whose F1 there is 0.50, and accuracy 0.80.
tags([["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]],
     [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]])
assert cases[-1]["scores"]["f1"] == 0.5 and abs(cases[-1]["scores"]["accuracy"] - 0.8) < 1e-15
for names in (["O", "B-A", "I-A", "B-B", "I-B"], ["O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B"]):
    truth = [rng.choice(names, rng.integers(1, 12)).tolist() for _ in range(40)]
    tags(truth, [[t if rng.random() < 0.7 else str(rng.choice(names)) for t in row] for row in truth])
with open(os.path.join(here, "scores.json"), "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"))
print(len(cases), "cases")
