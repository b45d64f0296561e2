using Akka.Actor;
using Akka.Serialization;

namespace ActorSeg.Actors.Runs;

/// <summary>How events stand in the journal: JSON under a name and version of our own (<see cref="RunEventTypes"/>), which any version of the program can tell apart.</summary>
public sealed class RunEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stands in every row of every journal: never to be changed.</summary>
    public const int Id = 7_412;

    /// <inheritdoc/>
    public override int Identifier => Id;

    /// <inheritdoc/>
    public override string Manifest(object o) => ((Recorded)o).Name;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => RunEventTypes.Write((Recorded)obj);

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => RunEventTypes.Read(bytes, manifest);
}
