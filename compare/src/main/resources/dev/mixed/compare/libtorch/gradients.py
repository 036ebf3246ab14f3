# SPDX-License-Identifier: Apache-2.0
  def forward(self: __torch__.Function, p: List[Tensor], ids: Tensor, types: Tensor, bias: Tensor, labels: Tensor, weights: Tensor) -> List[Tensor]:
    n = torch.size(ids, 1)
    x = torch.add(torch.add(torch.embedding(p[0], ids, $pad), torch.embedding(p[2], types)), torch.slice(p[1], 0, 0, n))
    x = torch.dropout(torch.layer_norm(x, [$hidden], p[3], p[4], $eps), $dropout, True)
    for i in range($layers):
      b = 5 + 16 * i
      split = [torch.size(x, 0), n, $heads, $hidden // $heads]
      q = torch.transpose(torch.view(torch.linear(x, p[b], p[b + 1]), split), 1, 2)
      k = torch.transpose(torch.view(torch.linear(x, p[b + 2], p[b + 3]), split), 1, 2)
      v = torch.transpose(torch.view(torch.linear(x, p[b + 4], p[b + 5]), split), 1, 2)
      context = torch.reshape(torch.transpose(torch.scaled_dot_product_attention(q, k, v, bias, $dropout), 1, 2), torch.size(x))
      attended = torch.dropout(torch.linear(context, p[b + 6], p[b + 7]), $dropout, True)
      x = torch.layer_norm(torch.add(attended, x), [$hidden], p[b + 8], p[b + 9], $eps)
      wide = torch.linear(torch.gelu(torch.linear(x, p[b + 10], p[b + 11])), p[b + 12], p[b + 13])
      x = torch.layer_norm(torch.add(torch.dropout(wide, $dropout, True), x), [$hidden], p[b + 14], p[b + 15], $eps)
    c = 5 + 16 * $layers
    logits = torch.linear(torch.dropout(torch.select(x, 1, 0), $dropout, True), p[c], p[c + 1])
    if $one_logit:
      each = torch.binary_cross_entropy_with_logits(torch.select(logits, 1, 0), torch.to(labels, 6), None, None, 0)
    else:
      each = torch.nll_loss(torch.log_softmax(logits, 1), labels, None, 0)
    loss = torch.div(torch.sum(torch.mul(each, weights)), torch.sum(weights))
    result = annotate(List[Tensor], [torch.detach(loss)])
    for gradient in torch.grad([loss], p):
      all = torch.append(result, unchecked_cast(Tensor, gradient))
    return result
