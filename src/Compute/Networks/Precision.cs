namespace ActorSeg.Compute.Networks;

/// <summary>What convolutions compute in. Weights, gradients, losses and momentum are float32 whichever it is.</summary>
public enum Precision
{
    /// <summary>float32 throughout: the reference.</summary>
    Fp32,

    /// <summary>bfloat16: float32's range, so that losses need no scaling, with 8 bits of precision. Faster and smaller where the processor has it.</summary>
    Bf16,

    /// <summary>float16: 11 bits of precision in a range so small that gradients have to be scaled. For GPUs.</summary>
    Fp16,
}
