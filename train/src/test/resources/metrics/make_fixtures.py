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
with open(os.path.join(here, "scores.json"), "w", encoding="utf-8") as file:
    json.dump(cases, file, separators=(",", ":"))
print(len(cases), "cases")
