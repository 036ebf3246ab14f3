# SPDX-License-Identifier: Apache-2.0
"""Makes the folders beside this script with the real libraries (made with torch 2.13.0+cpu, transformers 5.18.0).

classification  BertForSequenceClassification, three classes of pairs of texts
regression      the same with one output and problem_type regression
multilabel      the same with three labels and problem_type multi_label_classification
tokens          BertForTokenClassification, with ignored labels
mlm             BertForMaskedLM with a tied decoder, with ignored labels
mlm-untied      the same with a decoder of its own
cosine          BertModel, whose token vectors' means over the mask are compared pair by pair (rows 0 and 1, 2 and 3, 4 and 5) by cosine, with the mean
                squared difference from scores as loss
contrastive     the same with the vectors of [CLS], and the cross entropy of the second row of each pair among those of all pairs, of cosines times 20

Each is a small BERT with random weights as save_pretrained writes it, and expected.safetensors: a batch of pairs with padding, its labels, and what the
library computes from it in double precision without dropout: logits, loss and all gradients, stored as float32. The batch's mean loss is over all rows.

pairs.json holds texts, lengths and what BertTokenizer makes of the pairs with truncation="longest_first", and of sequences of words, from the vocabulary
in it. windows.json holds what it makes of pairs with truncation="only_first" and "only_second" (no sequence where it refuses; types are 1 behind the first [SEP]), of those with a stride other
than -1 and of single texts as return_overflowing_tokens gives them.
"""
import json
import os
import tempfile

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification, BertForTokenClassification, BertModel, BertTokenizer

here = os.path.dirname(os.path.abspath(__file__))
IDS = torch.tensor([[2, 7, 19, 33, 41, 5, 3], [2, 11, 3, 28, 3, 0, 0], [2, 46, 3, 46, 11, 3, 0], [2, 9, 3, 8, 3, 0, 0]])
MASK = (IDS != 0).long()
TYPES = torch.tensor([[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 0, 0]])
N = -100


def config(**more):
    return BertConfig(vocab_size=48, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40, max_position_embeddings=12,
                      hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager", **more)


def make(name, kind, labels, seed, **more):
    torch.manual_seed(seed)
    model = kind(config(**more)).double().train()
    with torch.no_grad():
        for key, p in model.named_parameters():
            value = torch.randn(p.shape) * (0.2 if p.dim() > 1 else 0.2)
            # As stored: both sides compute with the same numbers.
            p.copy_((value + 1 if key.endswith("LayerNorm.weight") else value).float())
        model.bert.embeddings.word_embeddings.weight[0] = 0
    out = model(input_ids=IDS, attention_mask=MASK, token_type_ids=TYPES, labels=labels.double() if labels.is_floating_point() else labels)
    out.loss.backward()
    saved = {"input_ids": IDS.int(), "attention_mask": MASK.int(), "token_type_ids": TYPES.int(), "logits": out.logits, "loss": out.loss.reshape(1),
             "labels": labels.float() if labels.is_floating_point() else labels.int()}
    for key, p in model.named_parameters():
        # Of two biases for one decoder, transformers uses one.
        if p.grad is not None:
            saved["grad." + key] = p.grad
    folder = os.path.join(here, name)
    model.float().save_pretrained(folder)
    save_file({k: (v if v.dtype == torch.int32 else v.detach().float()).contiguous() for k, v in saved.items()}, os.path.join(folder, "expected.safetensors"))
    print(name, out.loss.item())


make("classification", BertForSequenceClassification, torch.tensor([2, 0, 1, 2]), 1, num_labels=3)
make("regression", BertForSequenceClassification, torch.tensor([[4.5], [3.2], [-1.0], [0.25]]), 2, num_labels=1, problem_type="regression")
make("multilabel", BertForSequenceClassification, torch.tensor([[1., 0., 1.], [0., 0., 0.], [1., 1., 1.], [0., 1., 0.]]), 3, num_labels=3,
     problem_type="multi_label_classification")
make("tokens", BertForTokenClassification, torch.tensor([[N, 0, N, 2, 1, N, N], [N, 3, N, N, N, N, N], [N, 1, N, 2, 0, N, N], [N, 0, N, 3, N, N, N]]), 4,
     num_labels=4)
words = torch.tensor([[N, 7, N, 33, N, N, N], [N, 12, N, N, N, N, N], [N, N, N, N, 11, N, N], [N, N, N, 47, N, N, N]])
make("mlm", BertForMaskedLM, words, 5)
make("mlm-untied", BertForMaskedLM, words, 6, tie_word_embeddings=False)

PAIRS = torch.tensor([[2, 7, 19, 33, 41, 5, 3], [2, 11, 3, 0, 0, 0, 0], [2, 46, 30, 46, 11, 3, 0], [2, 9, 14, 8, 3, 0, 0], [2, 22, 3, 0, 0, 0, 0],
                      [2, 22, 17, 40, 41, 3, 0]])


def make_vectors(name, seed):
    torch.manual_seed(seed)
    model = BertModel(config(), add_pooling_layer=False).double().train()
    with torch.no_grad():
        for key, p in model.named_parameters():
            value = torch.randn(p.shape) * 0.2
            p.copy_((value + 1 if key.endswith("LayerNorm.weight") else value).float())
        model.embeddings.word_embeddings.weight[0] = 0
    mask = (PAIRS != 0).long()
    hidden = model(input_ids=PAIRS, attention_mask=mask).last_hidden_state
    labels = torch.tensor([0.8, 0.25, 1.0])
    if name == "cosine":
        vectors = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        loss = torch.nn.functional.mse_loss(torch.nn.functional.cosine_similarity(vectors[0::2], vectors[1::2]), labels.double())
    else:
        vectors = hidden[:, 0]
        unit = torch.nn.functional.normalize(vectors, dim=1)
        loss = torch.nn.functional.cross_entropy(20 * unit[0::2] @ unit[1::2].T, torch.arange(3))
    loss.backward()
    saved = {"input_ids": PAIRS.int(), "attention_mask": mask.int(), "logits": vectors, "loss": loss.reshape(1), "labels": labels}
    for key, p in model.named_parameters():
        saved["grad.bert." + key] = p.grad
    folder = os.path.join(here, name)
    model.float().save_pretrained(folder)
    save_file({k: (v if v.dtype == torch.int32 else v.detach().float()).contiguous() for k, v in saved.items()}, os.path.join(folder, "expected.safetensors"))
    print(name, loss.item())


make_vectors("cosine", 7)
make_vectors("contrastive", 8)

vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "d", "##e", "##f", ",", "."]
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(vocabulary) + "\n")
    tokenizer = BertTokenizer.from_pretrained(folder)
    rows = []
    texts = ["a", "a b", "ae b, c", "a b c d a b c", "de af b. c d, a b", "x", ""]
    for first in texts:
        # An empty second text counts as none there.
        for second in texts[:-1]:
            for length in (5, 6, 7, 8, 9, 11, 14, 30):
                made = tokenizer(first, second, truncation="longest_first", max_length=length)
                rows.append([first, second, length, made["input_ids"], made["token_type_ids"]])
    # encode() of tokenizers 0.23 cuts each text to the whole length before it makes windows, and so loses its rest; post_process(), which it calls, does not.
    fast = tokenizer.backend_tokenizer

    def made(first, second, length, stride, strategy, side):
        fast.no_truncation()
        encodings = [fast.encode(text, add_special_tokens=False) for text in (first, second) if text is not None]
        fast.enable_truncation(length, stride=stride, strategy=strategy, direction=side)
        whole = fast.post_process(encodings[0], encodings[1] if second is not None else None, True)
        return [whole] + whole.overflowing

    cut = []
    for first in texts:
        for second in texts[:-1]:
            for truncation in ("only_first", "only_second"):
                for length, stride in ((5, -1), (7, -1), (9, -1), (12, -1), (9, 0), (10, 1), (12, 2)):
                    try:
                        all = made(first, second, length, max(0, stride), truncation, "right")[:1 if stride < 0 else None]
                    except BaseException:
                        all = []
                    cut.append([first, second, truncation, length, stride, [e.ids for e in all]])
    windows = [[text, side, length, stride, [e.ids for e in made(text, None, length, stride, "longest_first", side)]] for text in texts
               for side in ("right", "left") for length, stride in ((3, 0), (4, 0), (4, 1), (5, 1), (6, 3), (7, 2), (12, 9))]
    fast.no_truncation()
    split = []
    for words in (["a", "b"], ["ae", "b,", "cf"], ["x", "a.b", "C"], ["aeee", "d", "d", "dff", "."], ["d"]):
        for length in (3, 4, 5, 7, 20):
            made = tokenizer(words, is_split_into_words=True, truncation=True, max_length=length)
            split.append([words, length, made["input_ids"], made.word_ids()])
with open(os.path.join(here, "pairs.json"), "w", encoding="utf-8") as file:
    json.dump({"vocabulary": vocabulary, "pairs": rows, "words": split}, file, separators=(",", ":"))
with open(os.path.join(here, "windows.json"), "w", encoding="utf-8") as file:
    json.dump({"pairs": cut, "texts": windows}, file, separators=(",", ":"))
print(len(rows), "pairs", len(cut), "cut", len(windows), "windows")
