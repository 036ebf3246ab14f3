# SPDX-License-Identifier: Apache-2.0
"""Makes tokens.json and vocab.txt: texts that are hard to tokenize, and the token ids that transformers gives them.

    python make_tokens.py BERT_BASE_UNCASED_VOCAB_TXT [FOLDER]

Ids by three tokenizers: `base` with the vocabulary that is given (bert-base-uncased), `small` and `small_cased` with the small one written here.
"""
import json
import os
import random
import sys
import tempfile
import transformers

here = os.path.dirname(os.path.abspath(__file__))
base_vocab = sys.argv[1]
folder = sys.argv[2] if len(sys.argv) > 2 else here

TEXTS = [
    "", " ", "\n\t ", ".", "a", "A", "[", "hello world", "Hello, World!", "HELLO WoRLD", "don't can't I'm y'all're", "it\u2019s \u201cquoted\u201d \u2018so\u2019",
    "e-mail co-operate re-enter --- -- -", "a.b.c...d....", "3.14159 1,000,000 1e-5 0x1F 50% $9.99 #1 @2 &c.", "Mr. Smith went to Washington, D.C., U.S.A.",
    "https://www.example.com/path/to/page.html?query=1&other=two#part", "http://t.co/AbC123", "user.name+tag@mail.example.org", "www.example.co.uk",
    "C:\\Users\\me\\file.txt /usr/local/bin/thing ~/x", "@user @user #HashTag #two_words", "<html><body class=\"x\">&amp;</body></html>",
    "def f(x): return x**2 if x!=0 else None # done", "a_b__c___d", "tab\tseparated\tvalues", "line\nbreak\r\nand\rreturn", "  many   spaces    here  ",
    # accents, precomposed and combining
    "caf\u00e9 na\u00efve r\u00e9sum\u00e9 \u00c9COLE \u00fcber stra\u00dfe", "cafe\u0301 nai\u0308ve E\u0301COLE", "\u00c5ngstr\u00f6m \u212bngstr\u00f6m A\u030angstro\u0308m",
    "\u0130stanbul \u0131\u015f\u0131k I i\u0307", "\u1e9e \u00df SS", "\u01c4 \u01c5 \u01c6 \ufb01 \ufb02 \ufb00", "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031ealgo",
    "\u0301 \u0301a a\u0301\u0301\u0301", "\u00bd \u2153 \u00b2 \u2082 \u2167 \u2460 \u33a5", "\u0391\u03b8\u03ae\u03bd\u03b1 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u03a3",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0439\u043e\u0433\u0443\u0440\u0442 \u0419 \u0401\u043b\u043a\u0430", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u0645\u064e\u0631\u0652\u062d\u064e\u0628\u0627 \u0627\u0644\u0639\u0627\u0644\u0645",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01", "Vi\u1ec7t Nam ti\u1ebfng",
    # CJK
    "\u4f60\u597d\u4e16\u754c", "\u4f60\u597d, world \u4e16\u754c!", "abc\u4e2d\u6587def", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\u3067\u3059\u3002", "\u304c \u304b\u3099 \u30ac \u30ab\u3099 \uff76\uff9e",
    "\ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8", "\u1112\u1161\u11ab", "\u3400\u4dbf\u4e00\u9fff \U00020000\U0002a6df\uf900\ufaff", "\uff28\uff45\uff4c\uff4c\uff4f\uff0c\uff01\uff11\uff12\uff13 \u3000 \u300c\u300d",
    # emoji
    "\U0001f600", "so funny \U0001f602\U0001f602\U0001f602", "love\u2764\ufe0fyou \u2665 <3", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 flags",
    "\U0001f44d\U0001f3fd thumbs", "\u263a\ufe0f \u263a \u2122 \u00a9 \u00ae 1\ufe0f\u20e3", "\u2192 \u21d2 \u2200x\u2208\u211d: x\u00b2\u22650 \u221e \u2260 \u2248", ":-) :D ;_; \u00af\\_(\u30c4)_/\u00af",
    # control, format and space characters
    "a\u0000b", "a\u0001b\u0007c\u001bd\u007fe", "a\u0085b", "a\u00a0b\u2003c\u2009d\u3000e", "a\u00adb soft\u00adhyphen", "zero\u200bwidth\u200cnon\u200djoiner\ufeffbom", "\ufeffstart",
    "right\u202eto left\u202c", "a\u2028b\u2029c", "a\ufffdb", "\ue000\uf8ff private", "\u0378 unassigned \U000e0001 tag", "\U0010ffff \uffff \ufffe", "a\u000bb\u000cc",
    "\u061c\u2066isolate\u2069", "\u180e mongolian \u1680 ogham",
    # punctuation of all kinds
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "\u00a1\u00bf\u00a7\u00b6\u00b7\u2026\u2014\u2013\u2010\u2011\u2012\u2015", "\u00ab\u00bb\u2039\u203a\u201e\u201a", "\u00b0\u00b1\u00d7\u00f7\u00a4\u00a5\u20ac\u00a3\u00a2\u20bf",
    "\u3001\u3002\uff0c\uff0e\u30fb\u061f\u060c\u0964\u0965", "$$$ ^^^ `` ++ == || ~~ <<>>",
    # special tokens in the text
    "[CLS] hello [SEP]", "[MASK]", "the [MASK] sat on the [mask]", "[PAD][PAD]", "[UNK] [unk] unk", "x[SEP]y", "[CLS", "##ing ##s walk ##ing",
    # long words and texts
    "a" * 99, "a" * 100, "a" * 101, "a" * 1000, "b" * 100 + " ok", "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "pneumonoultramicroscopicsilicovolcanoconiosis", "1" * 100 + " " + "1" * 101, "\u00e9" * 100, "e\u0301" * 60, "\U0001f600" * 120, "\u4e2d" * 150,
    "x" * 50 + "-" + "y" * 60, "unaffable unwanted running lovingly", "the quick brown fox jumps over the lazy dog " * 20,
]

CLASSES = [(0x20, 0x7e), (0x20, 0x7e), (0x20, 0x7e), (0x00, 0x1f), (0x7f, 0xff), (0x100, 0x24f), (0x300, 0x36f), (0x370, 0x52f), (0x590, 0x6ff), (0x900, 0x97f),
           (0xe00, 0xe7f), (0x1100, 0x11ff), (0x1e00, 0x1fff), (0x2000, 0x206f), (0x2070, 0x2bff), (0x3000, 0x30ff), (0x4e00, 0x9fff), (0xac00, 0xd7a3),
           (0xf900, 0xfaff), (0xfe00, 0xfe0f), (0xff00, 0xffef), (0x1d400, 0x1d7ff), (0x1f300, 0x1f6ff), (0x1f900, 0x1f9ff), (0x20000, 0x20fff)]


def random_texts(count):
    source = random.Random(11)
    words = "the a of and to in is it was for on are as with his they at be this from have or by one had not but what all were when we there can an your".split()
    for _ in range(count):
        parts = []
        for _ in range(source.randint(1, 12)):
            kind = source.random()
            if kind < 0.4:
                word = source.choice(words)
                parts.append(source.choice([word, word.upper(), word.capitalize(), word + source.choice(".,!?'s"), word + source.choice(words)]))
            else:
                low, high = source.choice(CLASSES)
                parts.append("".join(chr(source.randint(low, high)) for _ in range(source.randint(1, 5))))
        yield source.choice(["", " "]).join(parts) if source.random() < 0.3 else " ".join(parts)


def small_vocabulary():
    characters = [chr(c) for c in range(33, 127)] + list("\u00e9\u00df\u00c9\u0131\u03b1\u03c3\u03c2\u0439\u05e9\u4f60\u597d\u4e16\u754c\u4e2d\u6587\u65e5\u672c\u2019\u201c\u201d\u2026\u20ac\u2764\u2122\u00bd") \
        + ["\U0001f600", "\U0001f602", "\ufe0f", "\u0301"]
    words = ("hello world Hello World the The quick brown fox un want wanted run running love loving caf\u00e9 cafe http https www com user mask unk is it was for and of to in "
             "on a's do don can t re").split()
    pieces = "##ing ##s ##ed ##ly ##ning ##aff ##able ##est ##er ##ch ##00 ##' ##\u00e9 ##\u4e2d ##\U0001f600 ##\u0301".split()
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + characters + ["##" + chr(c) for c in list(range(48, 58)) + list(range(65, 91)) + list(range(97, 123))] + words + pieces
    return list(dict.fromkeys(tokens))


def tokenizer(vocab_lines, lower):
    """By way of a folder as Hugging Face ships them; the ids of known tokens are checked, since some releases read an empty vocabulary in silence."""
    with tempfile.TemporaryDirectory() as path:
        with open(os.path.join(path, "vocab.txt"), "w", encoding="utf-8", newline="\n") as f:
            f.write("\n".join(vocab_lines) + "\n")
        with open(os.path.join(path, "tokenizer_config.json"), "w") as f:
            json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": lower}, f)
        with open(os.path.join(path, "config.json"), "w") as f:
            json.dump({"model_type": "bert"}, f)
        made = transformers.AutoTokenizer.from_pretrained(path)
    place = {token: i for i, token in enumerate(vocab_lines)}
    ids = made("hello world")["input_ids"]
    assert ids == [place["[CLS]"], place["hello"], place["world"], place["[SEP]"]], ids
    assert (made("HELLO")["input_ids"] == made("hello")["input_ids"]) == lower
    return made


small = small_vocabulary()
base = open(base_vocab, encoding="utf-8").read().split("\n")
if base[-1] == "":
    base.pop()
tokenizers = {"base": tokenizer(base, True), "small": tokenizer(small, True), "small_cased": tokenizer(small, False)}
texts = list(dict.fromkeys(TEXTS + list(random_texts(600))))
rows = []
for text in texts:
    rows.append({"text": text, **{name: made(text, add_special_tokens=True)["input_ids"] for name, made in tokenizers.items()}})
with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8", newline="\n") as f:
    f.write("\n".join(small) + "\n")
with open(os.path.join(folder, "tokens.json"), "w") as f:
    f.write('{"transformers": "%s", "rows": [\n' % transformers.__version__)
    f.write(",\n".join(json.dumps(row, separators=(",", ":")) for row in rows))
    f.write("\n]}\n")
print(len(rows), "texts")
