namespace ActorSeg.Compute.Augmentation;

/// <summary>What a stream of random numbers is for; the number is part of the stream's name, so it never changes.</summary>
internal enum Purpose
{
    Case = 0,
    Box = 1,
    Spatial = 2,
    Noise = 3,
    Blur = 4,
    Brightness = 5,
    Contrast = 6,
    LowResolution = 7,
    GammaInverted = 8,
    Gamma = 9,
    Mirror = 10,
    Mask = 11,
}
