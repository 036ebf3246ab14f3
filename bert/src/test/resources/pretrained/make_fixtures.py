# SPDX-License-Identifier: Apache-2.0
"""Makes hf/ beside this script with the real libraries (made with torch 2.13.0, transformers 5.18.0, safetensors 0.8.0).

hf/   BertForSequenceClassification, 1 layer, hidden size 8, three classes, as save_pretrained writes it;
      parameter number i (in named_parameters order) holds (i + 1) * 0.5 + 0.001 * element index
"""
import os
import torch
from transformers import BertConfig, BertForSequenceClassification

here = os.path.dirname(os.path.abspath(__file__))
config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
                    max_position_embeddings=16, num_labels=3)
model = BertForSequenceClassification(config)
with torch.no_grad():
    for i, (_, p) in enumerate(model.named_parameters()):
        p.copy_(((i + 1) * 0.5 + 0.001 * torch.arange(p.numel())).reshape(p.shape))
model.save_pretrained(os.path.join(here, "hf"))
