# SPDX-License-Identifier: Apache-2.0
"""Makes settings.json: folders of tokenizers with all kinds of settings, and the token ids that transformers gives hard texts with each.

    python make_settings.py [CASES [FILE]]

The first cases are written by hand, one for each setting and for the ways in which files disagree; CASES (100) more are drawn at random.
A case that transformers cannot load, or that miXed is to refuse though transformers loads it, has "refused" in the place of "ids".
"""
import copy
import json
import os
import random
import sys
import tempfile
import transformers

transformers.logging.set_verbosity_error()
here = os.path.dirname(os.path.abspath(__file__))
count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
target = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "settings.json")

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = list("abcdefghijklmnoprstuvwy") + ["##" + c for c in "abcdefghijklmnoprstuvwy"] + list("[]<>!,.'-/#1") + ["\u00e9", "##\u00e9", "I", "C", "##C", "T", "U", "R", "##R", "##L"]
WORDS = ("the movie is great bad not covid ##19 covid19 caf\u00e9 cafe url ##ing The Movie Caf\u00e9 CAFE \u65e5 \u672c \u8a9e \u65e5\u672c\u8a9e ##\u672c ##\u8a9e \u0130 i\u0307 x ##x don ##' ##t").split()
VOCAB = list(dict.fromkeys(SPECIAL + LETTERS + WORDS))
TEXTS = ["the movie is great", "The Movie is BAD, not caf\u00e9 Caf\u00e9 CAFE\u0301!", "\u65e5\u672c\u8a9e movie \u65e5 \u672c", "the [URL] is bad [url] x[URL]y", "covid19 COVID19 covid-19",
         "[CLS] the [SEP] [MASK] [mask] [PAD][UNK]", "<s> the </s> <mask><pad> <unk>", "  a  [URL]  b ", "don't", "\u0130 i\u0307 x", "", "xxx\u00e9x" * 30, "a\u0000b\ufffdc\u200bd",
         "the<tag>movie <TAG> < tag >", "caf\u00e9s cafes [Caf\u00e9] #1"]
LONG = 6


def flags(content, **given):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": False, **given}


def fast_json(vocab=None, **parts):
    """A tokenizer.json as transformers saves it for BERT."""
    vocab = {t: i for i, t in enumerate(VOCAB)} if vocab is None else vocab
    special = [{"id": vocab[t], **flags(t, special=True)} for t in SPECIAL if t in vocab]
    made = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                           "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                                    {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                           "special_tokens": {t: {"id": t, "ids": [vocab.get(t, 0)], "tokens": [t]} for t in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab},
    }
    for key, value in parts.items():
        if key in ("unk_token", "continuing_subword_prefix", "max_input_chars_per_word"):
            made["model"][key] = value
        else:
            made[key] = value
    return made


def lines(vocab):
    return "\n".join(vocab) + "\n"


CASES = []


def case(name, config=None, vocab=None, refused=None, raw=None, **files):
    """files: special_tokens_map, added_tokens, tokenizer, model_config, as objects; vocab: lines, or text."""
    out = {}
    if config is not None:
        out["tokenizer_config.json"] = config
    for key, file in (("special_tokens_map", "special_tokens_map.json"), ("added_tokens", "added_tokens.json"), ("tokenizer", "tokenizer.json")):
        if key in files:
            out[file] = files[key]
    out["config.json"] = {"model_type": "bert", **files.get("model_config", {})}
    if "tokenizer" not in files or vocab is not None:
        out["vocab.txt"] = raw if raw is not None else lines(VOCAB if vocab is None else vocab)
    CASES.append({"name": name, "files": out, "refused": refused})


def renamed(*names):
    return list(names) + VOCAB[5:]


# normalizer
case("nothing beside the vocabulary")
for lower in (True, False):
    for accents in (None, True, False):
        for chinese in (True, False):
            case("do_lower_case %s, strip_accents %s, tokenize_chinese_chars %s" % (lower, accents, chinese),
                 {"do_lower_case": lower, "strip_accents": accents, "tokenize_chinese_chars": chinese})
case("never_split", {"never_split": ["[URL]"], "do_basic_tokenize": False})
case("do_lower_case is no boolean", {"do_lower_case": "false"})
case("do_lower_case is null", {"do_lower_case": None})
case("strip_accents is no boolean", {"strip_accents": 1})
case("tokenize_chinese_chars is no boolean", {"tokenize_chinese_chars": "no"})
# classes
for name in ("BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast", "ElectraTokenizerFast", "MobileBertTokenizer"):
    case("class " + name, {"tokenizer_class": name, "do_lower_case": False})
    case("class %s in config.json" % name, {"do_lower_case": False}, model_config={"tokenizer_class": name})
case("class null", {"tokenizer_class": None})
for name in ("BertJapaneseTokenizer", "RobertaTokenizer", "RobertaTokenizerFast", "XLMRobertaTokenizer", "AlbertTokenizer", "XLMTokenizer", "BertTokenizerLegacy", "MyOwnTokenizer"):
    case("class " + name, {"tokenizer_class": name}, refused=name)
    case("class %s in config.json" % name, {}, model_config={"tokenizer_class": name}, refused=name)
case("class of config.json does not count", {"tokenizer_class": "BertTokenizer"}, model_config={"tokenizer_class": "RobertaTokenizer"})
case("class PreTrainedTokenizerFast without tokenizer.json", {"tokenizer_class": "PreTrainedTokenizerFast"}, refused="tokenizer_class")
case("own code", {"tokenizer_class": "BertTokenizer", "auto_map": {"AutoTokenizer": ["own.Slow", "own.Fast"]}}, refused="auto_map")
# special tokens
own = {"unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>"}
case("special tokens of other names", own, vocab=renamed("<pad>", "<unk>", "<s>", "</s>", "<mask>"))
case("special tokens of other names in another order", own, vocab=renamed("<s>", "<pad>", "</s>", "<unk>", "<mask>"))
case("special tokens of other names in special_tokens_map.json", {}, vocab=renamed("<pad>", "<unk>", "<s>", "</s>", "<mask>"), special_tokens_map=own)
case("special tokens as objects", {}, vocab=renamed("<pad>", "<unk>", "<s>", "</s>", "<mask>"), special_tokens_map={k: flags(v) for k, v in own.items()})
case("special_tokens_map.json wins", {"mask_token": "x"}, special_tokens_map={"mask_token": "<mask>"}, vocab=VOCAB + ["<mask>"])
case("special_tokens_map.json is not read beside a decoder", {"mask_token": "[MASK]", "added_tokens_decoder": {"4": flags("[MASK]", special=True)}}, special_tokens_map={"mask_token": "the"})
case("mask with lstrip", {"mask_token": {"__type": "AddedToken", **flags("[MASK]", lstrip=True, normalized=True)}})
case("mask null", {"mask_token": None})
case("mask missing", {}, vocab=[t for t in VOCAB if t != "[MASK]"])
case("cls null", {"cls_token": None}, refused="cls_token")
case("unk null", {"unk_token": None}, refused="unk_token")
case("cls is a number", {"cls_token": 3})
case("cls is an object without a type", {"cls_token": flags("[CLS]")})
case("unk not in the vocabulary", {"unk_token": "<unk>"})
case("cls that is new", {"cls_token": "<s>"})
case("sep that is a word", {"sep_token": "the"})
case("bos and eos", {"bos_token": "[CLS]", "eos_token": "the"})
case("additional special tokens", {"additional_special_tokens": ["<tag>", "x", "[URL]"]})
case("extra special tokens", {"extra_special_tokens": ["<tag>", "movie"]})
case("extra special tokens with names", {"extra_special_tokens": {"image_token": "<tag>", "url_token": "[URL]"}})
case("a special token under a name of its own", {"image_token": "<tag>"})
case("additional special tokens in special_tokens_map.json", {}, special_tokens_map={"additional_special_tokens": ["<tag>", "movie"]})
case("additional special tokens as objects in special_tokens_map.json", {}, special_tokens_map={"additional_special_tokens": [flags("<tag>")]})
case("extra special tokens are a text", {"extra_special_tokens": "<tag>"})
case("split_special_tokens", {"split_special_tokens": True}, refused="split_special_tokens")
# added tokens
decoder = {str(i): flags(t, special=True) for i, t in enumerate(SPECIAL)}
last = len(VOCAB)
case("added_tokens_decoder", {"added_tokens_decoder": {**decoder, str(last): flags("[URL]"), str(last + 1): flags("covid-19", normalized=True)}})
for key in ("lstrip", "rstrip", "single_word", "normalized", "special"):
    case("added token with " + key, {"added_tokens_decoder": {**decoder, str(last): flags("[URL]", **{key: True}), str(last + 1): flags("movie", **{key: True}), str(last + 2): flags("Caf\u00e9", **{key: True})}})
    case("added token with %s, cased" % key, {"do_lower_case": False, "added_tokens_decoder": {**decoder, str(last): flags("[URL]", **{key: True}), str(last + 1): flags("Movie", **{key: True})}})
case("added tokens with all flags", {"added_tokens_decoder": {**decoder, str(last): flags("<tag>", lstrip=True, rstrip=True, single_word=True, normalized=True)}})
case("added token with few flags", {"added_tokens_decoder": {str(last): {"content": "[URL]"}, str(last + 1): {"content": "<tag>", "special": True}}})
case("added tokens in another order", {"added_tokens_decoder": {str(last + 1): flags("[URL]"), str(last): flags("<tag>")}})
case("added token far beyond", {"added_tokens_decoder": {"900": flags("[URL]"), "901": flags("<tag>")}})
case("added token with the id of another", {"added_tokens_decoder": {"7": flags("[URL]"), "8": flags("movie")}})
case("added_tokens_decoder is a list", {"added_tokens_decoder": [flags("[URL]")]})
case("added_tokens_decoder with a text", {"added_tokens_decoder": {"5": "x"}})
case("added_tokens_decoder with a word for an id", {"added_tokens_decoder": {"five": flags("[URL]")}})
case("added_tokens_decoder with a flag that is none", {"added_tokens_decoder": {"900": flags("[URL]", lstrip="yes")}})
case("added_tokens.json", {}, added_tokens={"[URL]": last, "<tag>": last + 1, "[MASK]": 4})
case("added_tokens.json with a special token that is named", {"mask_token": "[MASK]"}, added_tokens={"[URL]": last, "[MASK]": 4})
case("added_tokens.json is not read beside a decoder", {"added_tokens_decoder": decoder}, added_tokens={"[URL]": last})
case("added tokens that are special tokens by name", {"cls_token": "<s>", "added_tokens_decoder": {str(last): flags("<s>")}})
case("empty added token", {"added_tokens_decoder": {str(last): flags("")}})
# tokenizer.json
case("tokenizer.json", tokenizer=fast_json())
case("tokenizer.json against vocab.txt", {}, vocab=list(reversed(VOCAB)), tokenizer=fast_json())
case("tokenizer.json cased, no tokenizer_config.json", tokenizer=fast_json(normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False, "strip_accents": None, "lowercase": False}))
case("tokenizer.json cased, tokenizer_config.json uncased", {"do_lower_case": True, "tokenizer_class": "BertTokenizerFast"}, tokenizer=fast_json(normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": False, "lowercase": False}))
case("tokenizer.json uncased, tokenizer_config.json cased", {"do_lower_case": False}, tokenizer=fast_json())
case("tokenizer.json without post-processor", {"tokenizer_class": "BertTokenizer"}, tokenizer=fast_json(post_processor=None))
case("tokenizer.json with another prefix", {}, tokenizer=fast_json(continuing_subword_prefix="@@"))
case("tokenizer.json with short words", {}, tokenizer=fast_json(max_input_chars_per_word=4))
case("tokenizer.json with added tokens", {}, tokenizer=fast_json(added_tokens=fast_json()["added_tokens"] + [{"id": last, **flags("[URL]")}, {"id": last + 1, **flags("<tag>", normalized=True)}]))
case("tokenizer.json with added tokens beside a decoder", {"added_tokens_decoder": decoder}, tokenizer=fast_json(added_tokens=fast_json()["added_tokens"] + [{"id": last, **flags("[URL]")}]))
case("tokenizer.json with truncation on the left", {}, tokenizer=fast_json(truncation={"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0}))
case("tokenizer.json with truncation on the left, right in tokenizer_config.json", {"truncation_side": "right"}, tokenizer=fast_json(truncation={"direction": "Left", "max_length": 4, "strategy": "LongestFirst", "stride": 0}))
case("tokenizer.json with padding", {}, tokenizer=fast_json(padding={"strategy": {"Fixed": 9}, "direction": "Left", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}))
case("tokenizer.json with ids left out", {}, tokenizer=fast_json(vocab={t: 2 * i for i, t in enumerate(VOCAB)}))
case("tokenizer.json with another normalizer", {}, tokenizer=fast_json(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}))
whole = {"tokenizer_class": "PreTrainedTokenizerFast"}
named = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]"}
case("whole file", {**whole, **named}, tokenizer=fast_json())
case("whole file, TokenizersBackend", {"tokenizer_class": "TokenizersBackend", **named}, tokenizer=fast_json())
case("whole file, cased", {**whole, **named, "do_lower_case": True}, tokenizer=fast_json(normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False, "strip_accents": None, "lowercase": False}))
case("whole file, no normalizer", {**whole, **named}, tokenizer=fast_json(normalizer=None))
case("whole file, another normalizer", {**whole, **named}, tokenizer=fast_json(normalizer={"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Replace", "pattern": {"String": "bad"}, "content": "great"}]}))
case("whole file, another pre-tokenizer", {**whole, **named}, tokenizer=fast_json(pre_tokenizer={"type": "WhitespaceSplit"}))
case("whole file, no pre-tokenizer", {**whole, **named}, tokenizer=fast_json(pre_tokenizer=None))
case("whole file, another prefix", {**whole, **named}, tokenizer=fast_json(continuing_subword_prefix="@@", vocab={t.replace("##", "@@") if len(t) > 2 else t: i for i, t in enumerate(VOCAB)}))
case("whole file, short words", {**whole, **named}, tokenizer=fast_json(max_input_chars_per_word=4))
case("whole file, another unk", {**whole, "unk_token": "x"}, tokenizer=fast_json(unk_token="x"))
case("whole file, unk not there", {**whole}, tokenizer=fast_json(unk_token="<nothing>"), refused="<nothing>")
case("whole file, no post-processor", {**whole, **named}, tokenizer=fast_json(post_processor=None), refused="post_processor")
case("whole file, BertProcessing", {**whole, **named}, tokenizer=fast_json(post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}))
case("whole file, RobertaProcessing", {**whole, **named}, tokenizer=fast_json(post_processor={"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2], "trim_offsets": True, "add_prefix_space": False}))
template = fast_json()["post_processor"]
case("whole file, nothing behind the text", {**whole, **named}, tokenizer=fast_json(post_processor={**template, "single": template["single"][:2]}))
case("whole file, nothing in front", {**whole, **named}, tokenizer=fast_json(post_processor={**template, "single": template["single"][1:]}), refused="post_processor")
case("whole file, two in front", {**whole, **named}, tokenizer=fast_json(post_processor={**template, "single": template["single"][:1] + template["single"]}), refused="post_processor")
case("whole file, other token types", {**whole, **named}, tokenizer=fast_json(post_processor={**template, "single": [template["single"][0], {"Sequence": {"id": "A", "type_id": 1}}, template["single"][2]]}), refused="post_processor")
case("whole file, added tokens in a decoder", {**whole, **named, "added_tokens_decoder": {**decoder, str(last): flags("[URL]"), str(last + 1): flags("<tag>", lstrip=True)}}, tokenizer=fast_json())
case("whole file, additional special tokens", {**whole, **named, "additional_special_tokens": ["<tag>"]}, tokenizer=fast_json())
case("whole file, mask that is new", {**whole, **named, "mask_token": "<mask>"}, tokenizer=fast_json())
case("whole file, truncation on the left", {**whole, **named, "truncation_side": "left"}, tokenizer=fast_json())
case("byte pairs", {}, tokenizer={**fast_json(), "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "vocab": {t: i for i, t in enumerate(VOCAB)}, "merges": []}}, refused="WordPiece")
case("versioned tokenizer.json", {"fast_tokenizer_files": ["tokenizer.json", "tokenizer.4.0.0.json"]}, tokenizer=fast_json(), refused="fast_tokenizer_files")
# lengths
case("truncation on the left", {"truncation_side": "left"})
case("truncation on another side", {"truncation_side": "both"})
case("padding on the left", {"padding_side": "left"})
case("padding on another side", {"padding_side": "middle"})
# lines of the vocabulary
case("equal lines", {}, raw=lines(VOCAB + ["the", "is"]))
case("blank lines", {}, raw=lines(VOCAB[:20] + ["", ""] + VOCAB[20:]))
case("blank line at the end", {}, raw=lines(VOCAB) + "\n")
case("no line feed at the end", {}, raw=lines(VOCAB)[:-1])
case("Windows line ends", {}, raw=lines(VOCAB).replace("\n", "\r\n"))
case("white space at the ends of lines", {}, raw=lines([t + " \t\u00a0\u3000" if i % 3 == 0 else t for i, t in enumerate(VOCAB)]))
case("white space in front", {}, raw=lines([" " + t if t in ("the", "is") else t for t in VOCAB]))
case("byte order mark", {}, raw="\ufeff" + lines(VOCAB), refused="byte order mark")
case("equal lines and a new token", {"mask_token": "<mask>"}, raw=lines(VOCAB + ["the"]), refused="<mask>")
case("equal special tokens", {}, raw=lines(VOCAB + ["[CLS]", "[PAD]"]))


def draw(source):
    def maybe(share):
        return source.random() < share
    config, files = {}, {}
    words = ["[URL]", "<tag>", "covid-19", "covid19", "the", "Movie", "movie", "\u65e5\u672c", "Caf\u00e9", "[MASK]", "[CLS]", "##ing", "<mask>", "i", "not bad"]

    def token():
        return flags(source.choice(words), **{k: True for k in ("lstrip", "rstrip", "single_word", "normalized", "special") if maybe(0.3)})
    for key, values in (("do_lower_case", (True, False)), ("strip_accents", (True, False, None)), ("tokenize_chinese_chars", (True, False)),
                        ("truncation_side", ("left", "right")), ("tokenizer_class", ("BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast"))):
        if maybe(0.5):
            config[key] = source.choice(values)
    vocab = list(VOCAB)
    if maybe(0.3):
        source.shuffle(vocab)
    if maybe(0.2):
        vocab.insert(source.randrange(len(vocab)), source.choice(["", "the", "[MASK]", "movie"]))
    for key, tokens in (("mask_token", ["[MASK]", "<mask>", "the"]), ("cls_token", ["[CLS]", "is"]), ("bos_token", ["<s>", "[CLS]"]), ("pad_token", ["[PAD]", "x"])):
        if maybe(0.25):
            value = source.choice(tokens)
            place = source.choice(["config", "map"])
            if place == "config":
                config[key] = {"__type": "AddedToken", **flags(value, lstrip=maybe(0.5))} if maybe(0.3) else value
            else:
                files.setdefault("special_tokens_map", {})[key] = flags(value, rstrip=maybe(0.5)) if maybe(0.5) else value
    if maybe(0.3):
        config[source.choice(["additional_special_tokens", "extra_special_tokens"])] = source.sample(words, 2)
    if maybe(0.2):
        files.setdefault("special_tokens_map", {})[source.choice(["additional_special_tokens", "extra_special_tokens"])] = source.sample(words, 2)
    if maybe(0.4):
        config["added_tokens_decoder"] = {str(source.choice([0, 3, 7, len(vocab), len(vocab) + 1, 900])): token() for _ in range(source.randint(1, 3))}
    if maybe(0.3):
        files["added_tokens"] = {source.choice(words): i for i in source.sample([0, 5, len(vocab), len(vocab) + 1], 2)}
    if maybe(0.5) or config.get("tokenizer_class") == "PreTrainedTokenizerFast":
        ids = {t: i for i, t in enumerate(vocab)}
        tokenizer = fast_json(ids)
        if maybe(0.5):
            tokenizer["normalizer"] = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": maybe(0.5), "strip_accents": source.choice([None, True, False]), "lowercase": maybe(0.5)}
        if maybe(0.3):
            tokenizer["added_tokens"] = tokenizer["added_tokens"] + [{"id": len(vocab), **token()}]
        files["tokenizer"] = tokenizer
    return config, vocab, files


source = random.Random(7)
for i in range(count):
    config, vocab, files = draw(source)
    case("random %d" % i, config if config else None, vocab=vocab, **files)


def tokenize(files):
    with tempfile.TemporaryDirectory() as path:
        for name, content in files.items():
            with open(os.path.join(path, name), "w", encoding="utf-8", newline="") as f:
                f.write(content if isinstance(content, str) else json.dumps(content))
        made = transformers.AutoTokenizer.from_pretrained(path)
        whole = [made(text)["input_ids"] for text in TEXTS]
        cut = [made(text, truncation=True, max_length=LONG)["input_ids"] for text in TEXTS]
        return whole, cut


rows, refused = [], 0
for row in CASES:
    files = copy.deepcopy(row["files"])
    try:
        whole, cut = tokenize(files)
        problem = None
    except Exception as e:
        problem = "%s: %s" % (type(e).__name__, str(e).split("\n")[0][:80])
    if problem is not None and row["refused"] is None:
        row["refused"] = ""
    if row["refused"] is not None:
        refused += 1
        rows.append({"name": row["name"], "files": row["files"], "refused": row["refused"], "transformers": problem or "loads"})
    else:
        rows.append({"name": row["name"], "files": row["files"], "ids": whole, "cut": cut})
shared = {"vocab": lines(VOCAB), "vocab_ids": {t: i for i, t in enumerate(VOCAB)}}
for row in rows:
    # What most cases share stands once.
    if row["files"].get("vocab.txt") == shared["vocab"]:
        row["files"]["vocab.txt"] = None
    if "tokenizer.json" in row["files"] and row["files"]["tokenizer.json"]["model"]["vocab"] == shared["vocab_ids"]:
        row["files"]["tokenizer.json"]["model"]["vocab"] = None
with open(target, "w") as f:
    f.write('{"transformers": "%s", "length": %d, "texts": %s, "vocab": %s, "cases": [\n' % (transformers.__version__, LONG, json.dumps(TEXTS), json.dumps(shared["vocab"])))
    f.write(",\n".join(json.dumps(row, separators=(",", ":")) for row in rows))
    f.write("\n]}\n")
print(len(rows), "cases,", refused, "refused;", [(r["name"], r["transformers"]) for r in rows if "refused" in r and not r["refused"]])
