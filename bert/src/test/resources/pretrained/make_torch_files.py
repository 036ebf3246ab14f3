# SPDX-License-Identifier: Apache-2.0
"""Makes torch/ beside this script with the real libraries: one small random BERT in every file format that Hugging Face's hub knows.

    python make_torch_files.py            writes torch/ (about 1.4 MB)

Each folder holds a config.json and weights of the same model (2 layers, hidden size 32, three classes):

classifier-{f32,bf16}-{zip,legacy,safetensors}   BertForSequenceClassification: names with the prefix bert., pooler and classifier
encoder-{f32,bf16}-{zip,legacy,safetensors}      its BertModel alone: names without a prefix
classifier-f16-safetensors                       in half
classifier-f32-sharded-{safetensors,bin}         several files with an index
pretraining-f32-legacy                           BertForPreTraining with the old names gamma and beta, and position_ids, as of 2019
maskedlm-f32-zip                                 BertForMaskedLM: no pooler, a decoder tied to the word embeddings
expected-{f32,bf16}.safetensors                  what the libraries compute with the weights of that precision, in float64: the batch, last hidden
                                                 state, pooled output, logits, cross entropy and its gradients; and the classifier's and
                                                 pooler's weights as float32
"""
import collections
import json
import os
import platform
import shutil
import sys
import torch
import transformers
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining, BertForSequenceClassification

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch")
TYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


def folder(name, config):
    path = os.path.join(here, name)
    os.makedirs(path)
    config.save_pretrained(path)
    return path


def config_of(architecture, dtype):
    config = BertConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=32,
                        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager",
                        id2label={0: "negative", 1: "neutral", 2: "positive"}, label2id={"negative": 0, "neutral": 1, "positive": 2})
    config.architectures = [architecture]
    config.dtype = dtype
    return config


def plain(state, dtype):
    """Contiguous copies that share no storage, floats in the given type."""
    return collections.OrderedDict((k, (v.to(dtype) if v.is_floating_point() else v).detach().clone().contiguous()) for k, v in state.items())


def save(state, path, form):
    if form == "safetensors":
        save_file(dict(state), os.path.join(path, "model.safetensors"), metadata={"format": "pt"})
    else:
        torch.save(state, os.path.join(path, "pytorch_model.bin"), _use_new_zipfile_serialization=form == "zip")


def expected(model, name):
    model = model.double().eval()
    for p in model.parameters():
        p.grad = None
    ids = torch.tensor([[2, 7, 19, 33, 41, 5, 60, 3], [2, 11, 28, 3, 0, 0, 0, 0], [2, 46, 46, 11, 3, 0, 0, 0], [2, 63, 9, 9, 12, 50, 3, 0]])
    mask = (ids != 0).long()
    types = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1], [0] * 8, [0, 0, 0, 1, 1, 0, 0, 0], [0] * 8])
    labels = torch.tensor([2, 0, 1, 2])
    out = model(input_ids=ids, attention_mask=mask, token_type_ids=types, labels=labels, output_hidden_states=True)
    out.loss.backward()
    base = model.bert(input_ids=ids, attention_mask=mask, token_type_ids=types)
    saved = {"input_ids": ids.int(), "attention_mask": mask.int(), "token_type_ids": types.int(), "labels": labels.int(),
             "last_hidden_state": base.last_hidden_state, "pooler_output": base.pooler_output, "logits": out.logits, "loss": out.loss.reshape(1)}
    for key, p in model.named_parameters():
        saved["grad." + key] = p.grad
        if not key.startswith("bert.embeddings") and not key.startswith("bert.encoder"):
            saved["weight." + key] = p
    saved = {k: (v if v.dtype == torch.int32 else v.detach().float()).clone().contiguous() for k, v in saved.items()}
    save_file(saved, os.path.join(here, name))
    print(name, "loss", out.loss.item())


if os.path.exists(here):
    shutil.rmtree(here)
os.makedirs(here)
torch.manual_seed(11)
source = BertForSequenceClassification(config_of("BertForSequenceClassification", "float32"))
with torch.no_grad():
    for key, p in source.named_parameters():
        value = torch.randn(p.shape) * (0.3 if p.dim() > 1 else 0.2)
        p.copy_(value + 1 if key.endswith("LayerNorm.weight") else value)
    source.bert.embeddings.word_embeddings.weight[0] = 0
for precision in ("f32", "bf16"):
    dtype = TYPES[precision]
    label = str(dtype).removeprefix("torch.")
    for form in ("zip", "legacy", "safetensors"):
        save(plain(source.state_dict(), dtype), folder(f"classifier-{precision}-{form}", config_of("BertForSequenceClassification", label)), form)
        save(plain(source.bert.state_dict(), dtype), folder(f"encoder-{precision}-{form}", config_of("BertModel", label)), form)
    rounded = BertForSequenceClassification(config_of("BertForSequenceClassification", "float32"))
    rounded.load_state_dict(collections.OrderedDict((k, v.float()) for k, v in plain(source.state_dict(), dtype).items()))
    expected(rounded, f"expected-{precision}.safetensors")
save(plain(source.state_dict(), torch.float16), folder("classifier-f16-safetensors", config_of("BertForSequenceClassification", "float16")), "safetensors")

sharded = folder("classifier-f32-sharded-safetensors", source.config)
source.save_pretrained(sharded, max_shard_size="40KB")
assert os.path.exists(os.path.join(sharded, "model.safetensors.index.json")), os.listdir(sharded)

sharded = folder("classifier-f32-sharded-bin", source.config)
state = plain(source.state_dict(), torch.float32)
names = list(state)
parts = [names[:10], names[10:25], names[25:]]
index = {"metadata": {"total_size": sum(v.numel() * v.element_size() for v in state.values())}, "weight_map": {}}
for i, part in enumerate(parts):
    file = f"pytorch_model-{i + 1:05d}-of-{len(parts):05d}.bin"
    torch.save(collections.OrderedDict((k, state[k]) for k in part), os.path.join(sharded, file))
    index["weight_map"].update({k: file for k in part})
with open(os.path.join(sharded, "pytorch_model.bin.index.json"), "w") as out:
    json.dump(index, out, indent=2)

pretraining = BertForPreTraining(config_of("BertForPreTraining", "float32"))
pretraining.bert.load_state_dict(source.bert.state_dict())
old = collections.OrderedDict()
for key, value in plain(pretraining.state_dict(), torch.float32).items():
    old[key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")] = value
old["bert.embeddings.position_ids"] = torch.arange(32).expand((1, -1))
save(old, folder("pretraining-f32-legacy", config_of("BertForPreTraining", "float32")), "legacy")

masked = BertForMaskedLM(config_of("BertForMaskedLM", "float32"))
missing = masked.bert.load_state_dict(source.bert.state_dict(), strict=False)
assert not missing.missing_keys, missing
save(masked.state_dict(), folder("maskedlm-f32-zip", config_of("BertForMaskedLM", "float32")), "zip")

total = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(here) for f in files)
with open(os.path.join(here, "versions.txt"), "w") as out:
    out.write(f"python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}\n")
print(f"{total} bytes in {here}")
sys.exit(0 if total < 1_600_000 else f"{total} bytes are too many for a repository")
