# SPDX-License-Identifier: Apache-2.0
  def forward(self: __torch__.Function, decayed: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], plain: List[Tensor], g2: List[Tensor], m2: List[Tensor], v2: List[Tensor], steps2: List[Tensor]) -> Tensor:
    norm = torch.linalg_vector_norm(torch.stack(torch.add(torch._foreach_norm(g), torch._foreach_norm(g2))))
    factor = torch.clamp(torch.div($clip, torch.add(norm, 1e-6)), None, 1.0)
    torch._foreach_mul_(g, factor)
    torch._foreach_mul_(g2, factor)
    torch._foreach_add_(steps, 1.0)
    torch._foreach_add_(steps2, 1.0)
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(decayed, g, m, v, none, steps, lr=$rate, beta1=0.9, beta2=0.999, weight_decay=$decay, eps=1e-8, amsgrad=False, maximize=False)
    torch._fused_adamw_(plain, g2, m2, v2, none, steps2, lr=$rate, beta1=0.9, beta2=0.999, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
    return norm
