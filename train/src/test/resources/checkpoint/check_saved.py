# SPDX-License-Identifier: Apache-2.0
"""Opens folders that miXed saved with the real libraries and compares what they compute with what miXed computed.

    python check_saved.py FOLDER          FOLDER: train/target/saved-for-transformers, which SavedForTransformersTest writes

Every folder below FOLDER is a saved model. Beside config.json, weights and tokenizer it holds
computed.safetensors   input_ids, attention_mask, token_type_ids and miXed's last_hidden_state and logits for them
tokens.json            a list of {"text": ..., "ids": [...]} by miXed's tokenizer
Prints PASS or FAIL for each comparison; exits with 1 if any failed.
"""
import json
import os
import sys
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

TOLERANCE = 1e-5
failed = 0


def report(name, ok, detail=""):
    global failed
    failed += not ok
    print("PASS" if ok else "FAIL", name, detail)


def compare(name, actual, wanted):
    error = ((actual.double() - wanted.double()).norm() / wanted.double().norm()).item() if actual.shape == wanted.shape else float("inf")
    report(name, error <= TOLERANCE, f"relative difference {error:.2e}, shape {tuple(actual.shape)}")


def check(folder):
    name = os.path.basename(folder)
    saved = load_file(os.path.join(folder, "computed.safetensors"))
    inputs = {k: saved[k].long() for k in ("input_ids", "attention_mask", "token_type_ids")}
    tokens = saved["attention_mask"].bool()
    model, info = AutoModel.from_pretrained(folder, output_loading_info=True)
    model.eval()
    missing = [k for k in info["missing_keys"] if not k.startswith("pooler.")]
    report(f"{name}: AutoModel lacks nothing but the pooler", not missing, str(missing))
    report(f"{name}: AutoModel loads in float32", model.dtype == torch.float32, str(model.dtype))
    with torch.no_grad():
        hidden = model(**inputs).last_hidden_state
    compare(f"{name}: last hidden state", hidden[tokens], saved["last_hidden_state"][tokens])
    if hasattr(model.config, "mixed_embeddings"):
        weights = saved["attention_mask"][:, :, None].float()
        compare(f"{name}: means of token vectors", (hidden * weights).sum(1) / weights.sum(1), saved["logits"])
    if model.config.architectures == ["BertForSequenceClassification"]:
        classifier, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
        classifier.eval()
        report(f"{name}: AutoModelForSequenceClassification lacks nothing", not info["missing_keys"] and not info["unexpected_keys"],
               str(info["missing_keys"]) + str(info["unexpected_keys"]))
        with torch.no_grad():
            compare(f"{name}: logits", classifier(**inputs).logits, saved["logits"])
    heads = {"BertForTokenClassification": AutoModelForTokenClassification, "BertForMaskedLM": AutoModelForMaskedLM}
    if model.config.architectures[0] in heads:
        auto = heads[model.config.architectures[0]]
        classifier, info = auto.from_pretrained(folder, output_loading_info=True)
        classifier.eval()
        report(f"{name}: {auto.__name__} lacks nothing", not info["missing_keys"] and not info["unexpected_keys"],
               str(info["missing_keys"]) + str(info["unexpected_keys"]))
        with torch.no_grad():
            compare(f"{name}: logits", classifier(**inputs).logits[tokens], saved["logits"][tokens])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with open(os.path.join(folder, "tokens.json"), encoding="utf-8") as file:
        rows = json.load(file)
    wrong = [row["text"] for row in rows if tokenizer(row["text"])["input_ids"] != row["ids"]]
    report(f"{name}: AutoTokenizer ({type(tokenizer).__name__}), ids of {len(rows)} texts", rows and not wrong, repr(wrong[:3]))
    longest = max(len(row["ids"]) for row in rows)
    short = tokenizer(rows[0]["text"], padding="max_length", max_length=longest + 2)
    report(f"{name}: AutoTokenizer pads with the model's padding id", short["input_ids"][-1] == (model.config.pad_token_id or 0), str(short["input_ids"][-1]))
    report(f"{name}: AutoTokenizer's longest input is the model's", tokenizer.model_max_length == model.config.max_position_embeddings,
           str(tokenizer.model_max_length))


root = sys.argv[1]
folders = sorted(os.path.join(root, d) for d in os.listdir(root) if os.path.isdir(os.path.join(root, d)))
for path in folders:
    try:
        check(path)
    except Exception as e:
        report(f"{os.path.basename(path)}: opens", False, f"{type(e).__name__}: {e}")
print(f"{len(folders)} folders, {failed} failures")
sys.exit(1 if failed or not folders else 0)
