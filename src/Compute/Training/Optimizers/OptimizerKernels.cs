using static TorchSharp.torch;

namespace ActorSeg.Compute.Training.Optimizers;

/// <summary>libtorch's operators that TorchSharp has no name for, through TorchScript, which does.</summary>
internal static class OptimizerKernels
{
    // A constant, so that it parses always or never: libtorch does not survive every script that does not. The empty last line is part of the language;
    // each function gives a tensor because invoke expects one. Adan has no kernel of its own and is written out.
    private const string Script = """
        def norm(g: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g)))
        def scale(g: List[Tensor], by: float) -> Tensor:
            torch._foreach_mul_(g, by)
            return g[0]
        def sgd(p: List[Tensor], g: List[Tensor], m: List[Tensor], lr: float, momentum: float, decay: float, first: bool) -> Tensor:
            torch._fused_sgd_(p, g, m, weight_decay=decay, momentum=momentum, lr=lr, dampening=0.0, nesterov=True, maximize=False, is_first_step=first)
            return p[0]
        def adam(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], x: List[Tensor], t: List[Tensor], lr: float, beta1: float, beta2: float, decay: float, eps: float, decoupled: bool, amsgrad: bool) -> Tensor:
            torch._foreach_add_(t, 1.0)
            if decoupled:
                torch._fused_adamw_(p, g, m, v, x, t, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=amsgrad, maximize=False)
            else:
                torch._fused_adam_(p, g, m, v, x, t, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=amsgrad, maximize=False)
            return p[0]
        def adan(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], n: List[Tensor], before: List[Tensor], t: List[Tensor], lr: float, b1: float, b2: float, b3: float, decay: float, eps: float, first: bool) -> Tensor:
            torch._foreach_add_(t, 1.0)
            for i in range(len(p)):
                if not first:
                    change = g[i] - before[i]
                    ahead = g[i] + change * (1.0 - b2)
                    m[i].mul_(1.0 - b1).add_(g[i], alpha=b1)
                    v[i].mul_(1.0 - b2).add_(change, alpha=b2)
                    n[i].mul_(1.0 - b3).add_(ahead * ahead, alpha=b3)
                step = float(t[i])
                size = lr / ((n[i] / (1.0 - (1.0 - b3) ** step)).sqrt() + eps)
                p[i].sub_(size * (m[i] / (1.0 - (1.0 - b1) ** step) + v[i] * ((1.0 - b2) / (1.0 - (1.0 - b2) ** step)))).div_(1.0 + decay * lr)
                before[i].copy_(g[i])
            return p[0]

        """;

    /// <summary>The functions; the caller disposes them.</summary>
    public static jit.CompilationUnit Compile() => jit.compile(Script);
}
