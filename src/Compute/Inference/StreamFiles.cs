namespace ActorSeg.Compute.Inference;

/// <summary>A folder of files that stand in for streams: image formats need to look back and forth. Gone when it is disposed.</summary>
internal sealed class StreamFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actorseg-");

    public string Name(int index, string ending) => Path.Combine(_folder.FullName, $"stream_{index:0000}{ending}");

    public string[] Add(IReadOnlyList<Stream> streams, string ending)
    {
        var names = Enumerable.Range(0, streams.Count).Select(i => Name(i, ending)).ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            using var file = File.Create(names[i]);
            streams[i].CopyTo(file);
        }

        return names;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
