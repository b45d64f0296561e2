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
    Foreground = 12,
    RemoveLabel = 13,
    PreviousStage = 14,
    BinaryOperator = 15,
    RemoveComponent = 16,
    QuarterTurn = 17,
    Transpose = 18,
    MedianOrBlur = 19,
    Median = 20,
    AdditiveBrightness = 21,
    EitherContrast = 22,
    GammaInvertedAgain = 23,
    BlankRectangles = 24,
    BrightnessGradient = 25,
    LocalGamma = 26,
    Sharpening = 27,
}
