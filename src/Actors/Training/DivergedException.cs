namespace ActorSeg.Actors.Training;

/// <summary>Too many steps were not finite: skipping them does not help any more. The weights are still those of the last finite step.</summary>
/// <param name="message">How many, and the last batch with its cases and what was not finite first.</param>
/// <param name="inner">Of the last step.</param>
public sealed class DivergedException(string message, Exception inner) : Exception(message, inner);
