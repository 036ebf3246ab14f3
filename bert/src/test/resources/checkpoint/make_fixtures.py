"""Makes the fixtures beside this script with the real libraries (made with torch 2.13.0, transformers 5.18.0, safetensors 0.8.0).

dtypes.safetensors   one tensor of each element type, values in SafetensorsFileTest
hf/                  BertForSequenceClassification, 1 layer, hidden size 8, three classes, as save_pretrained writes it;
                     parameter number i (in named_parameters order) holds (i + 1) * 0.5 + 0.001 * element index
"""
import os
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

here = os.path.dirname(os.path.abspath(__file__))
values = torch.tensor([[0.0, -1.5, 2.25], [65504.0, 1e-7, 3.0]])
save_file({
    "f64": values.double(), "f32": values, "f16": values.half(), "bf16": values.bfloat16(),
    "i64": torch.tensor([-(2 ** 62), 7]), "i32": torch.tensor([-5, 2 ** 31 - 1], dtype=torch.int32),
    "i16": torch.tensor([-3, 4], dtype=torch.int16), "i8": torch.tensor([-1, 1, 2], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(4.5), "empty": torch.zeros(0, 3),
}, os.path.join(here, "dtypes.safetensors"), metadata={"format": "pt", "note": "fixture"})

config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
                    max_position_embeddings=16, num_labels=3)
model = BertForSequenceClassification(config)
with torch.no_grad():
    for i, (_, p) in enumerate(model.named_parameters()):
        p.copy_(((i + 1) * 0.5 + 0.001 * torch.arange(p.numel())).reshape(p.shape))
model.save_pretrained(os.path.join(here, "hf"))
