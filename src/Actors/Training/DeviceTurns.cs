using System.Collections.Immutable;

namespace ActorSeg.Actors.Training;

/// <summary>Who may compute, on a device that only one can use at a time without the other paying for it; a value. Whoever asked first is next.</summary>
/// <param name="Holder">Whose turn it is.</param>
/// <param name="Waiting">Who has asked, in order.</param>
internal sealed record DeviceTurns(string? Holder, ImmutableList<string> Waiting)
{
    /// <summary>Nobody's turn.</summary>
    public static DeviceTurns Free { get; } = new(null, []);

    /// <summary>Asks for a turn; asking again changes nothing.</summary>
    /// <returns>What is then, and whose turn begins; null where none does.</returns>
    public (DeviceTurns Next, string? Begins) Asked(string who) =>
        who == Holder || Waiting.Contains(who) ? (this, null) : (this with { Waiting = Waiting.Add(who) }).Begun();

    /// <summary>Its turn is over.</summary>
    /// <inheritdoc cref="Asked" path="/returns"/>
    public (DeviceTurns Next, string? Begins) Ended(string who) => who == Holder ? (this with { Holder = null }).Begun() : (this, null);

    /// <summary>It is there no more: what it had or asked for is void.</summary>
    /// <inheritdoc cref="Asked" path="/returns"/>
    public (DeviceTurns Next, string? Begins) Gone(string who) => (this with { Waiting = Waiting.Remove(who) }).Ended(who);

    private (DeviceTurns Next, string? Begins) Begun() => Holder is null && Waiting is [var first, ..] ? (new DeviceTurns(first, Waiting.RemoveAt(0)), first) : (this, null);
}
