using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Sharing;

/// <summary>What an installation did.</summary>
/// <param name="Models">Folders of models, relative to the root of results.</param>
/// <param name="Files">Files put in place.</param>
/// <param name="Kept">Files that were there with the same content.</param>
/// <param name="Warnings">Sentences: members that belong to no data set.</param>
public sealed record InstalledModels(IReadOnlyList<string> Models, int Files, int Kept, IReadOnlyList<string> Warnings);

/// <summary>
/// Unpacks zips of trained models (spec 09 section 9.2), from wherever they come: names stay below the root, there are no links, entries, sizes and ratio are
/// bounded, checksums are verified. Everything is unpacked and looked at beside its place and moved there at the end, a new model as one folder; a file that is
/// there with another content is replaced only where that is asked for.
/// </summary>
public static class ModelImport
{
    // Weights hardly shrink: what unpacks to far more is no model.
    private const long MostInflated = 1L << 30, InflatedPerByte = 20;
    private const int BlockBytes = 1 << 20;

    /// <summary>Installs a zip.</summary>
    /// <param name="zip">The file.</param>
    /// <param name="results"><c>nnUNet_results</c>; made when missing.</param>
    /// <param name="overwrite">Whether files of another content are replaced.</param>
    /// <param name="progress">Told how many files of how many are unpacked.</param>
    /// <param name="stop">Looked at between blocks.</param>
    /// <exception cref="DataException">It is no zip of models, damaged, breaks a bound, or would replace something else.</exception>
    /// <exception cref="ResourceException">The disk has too little room, or another process is installing.</exception>
    public static InstalledModels Install(string zip, string results, bool overwrite, Action<int, int>? progress, CancellationToken stop) =>
        Install(zip, results, overwrite, progress, stop, MostInflated);

    internal static InstalledModels Install(string zip, string results, bool overwrite, Action<int, int>? progress, CancellationToken stop, long mostInflated)
    {
        using var reader = ZipReader.Open(zip, mostInflated, InflatedPerByte);
        var warnings = new List<string>();
        var entries = Members(reader, warnings);
        var models = Models(reader, entries);
        Directory.CreateDirectory(results);
        using var mine = FileLock.TryAcquire(Path.Combine(results, ".installing.lock")) ?? throw new ResourceException($"{results}: another process is installing there; wait for it to end");
        foreach (var left in Directory.GetDirectories(results, ".installing-*")) Directory.Delete(left, recursive: true);
        var wanted = entries.Where(entry => !IsThere(entry, results, zip, overwrite, stop)).ToList();
        var (needed, free) = (wanted.Sum(entry => entry.Length), new DriveInfo(Path.GetFullPath(results)).AvailableFreeSpace);
        if (needed > free) throw new ResourceException($"{results}: the models take {needed >> 20} MiB and the disk has {free >> 20} MiB free; free some or set nnUNet_results to another disk");
        var making = Directory.CreateDirectory(Path.Combine(results, $".installing-{Guid.NewGuid():N}")).FullName;
        try
        {
            for (var i = 0; i < wanted.Count; i++)
            {
                Unpack(reader, wanted[i], Path.Combine(making, wanted[i].Name), stop);
                progress?.Invoke(i + 1, wanted.Count);
            }

            foreach (var json in wanted.Where(e => e.Name.EndsWith("/plans.json", StringComparison.Ordinal) || e.Name.EndsWith("/dataset.json", StringComparison.Ordinal)))
                Check(Path.Combine(making, json.Name), zip, json.Name);
            Place(making, results);
        }
        finally
        {
            if (Directory.Exists(making)) Directory.Delete(making, recursive: true);
        }

        return new InstalledModels(models, wanted.Count, entries.Count - wanted.Count, warnings);
    }

    // Files below a data set's folder. What packing programs add of their own is passed over.
    private static List<ZipEntry> Members(ZipReader reader, List<string> warnings)
    {
        var files = new List<ZipEntry>();
        foreach (var entry in reader.Entries.Where(e => !e.Name.EndsWith('/')))
        {
            var parts = entry.Name.Split('/');
            if (parts.Any(part => part.Length == 0 || part is "." || part[^1] is '.' or ' ')) throw Refused(reader, entry, "has an empty or odd part in its path");
            if (parts.Length > 1 && parts[0].StartsWith("Dataset", StringComparison.Ordinal)) files.Add(entry);
            else warnings.Add($"{MessageText.Shown(entry.Name)} lies in no data set's folder and is left out");
        }

        var names = files.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in files)
            for (var at = entry.Name.IndexOf('/', StringComparison.Ordinal); at > 0; at = entry.Name.IndexOf('/', at + 1))
                if (names.Contains(entry.Name[..at]))
                    throw Refused(reader, entry, "lies in a folder that is also a file");
        return files;
    }

    private static IReadOnlyList<string> Models(ZipReader reader, List<ZipEntry> entries)
    {
        var names = entries.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        var models = names.Where(name => name.Split('/') is [_, var model, "plans.json"] && model.Split("__").Length == 3).Select(name => name[..name.LastIndexOf('/')])
            .Where(model => names.Contains($"{model}/dataset.json") && names.Any(n => n.StartsWith($"{model}/fold_", StringComparison.Ordinal) && n.EndsWith(".pth", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToList();
        return models.Count > 0 ? models : throw new DataException(
            reader.Path, "holds no trained model (Dataset.../trainer__plans__configuration with plans.json, dataset.json and a fold's checkpoint)",
            "give a zip that export-model-to-zip or nnU-Net made");
    }

    private static bool IsThere(ZipEntry entry, string results, string zip, bool overwrite, CancellationToken stop)
    {
        var target = Path.Combine(results, entry.Name);
        RefuseLinks(results, entry.Name);
        if (!File.Exists(target)) return Directory.Exists(target) ? throw new DataException(target, $"is a folder where {zip} has a file", "move it elsewhere") : false;
        if (new FileInfo(target).Length == entry.Length && ChecksumOf(target, stop) == entry.Crc32) return true;
        return overwrite ? false : throw new DataException(target, $"is there already, with another content than in {zip}", "give --overwrite to replace it, or another nnUNet_results");
    }

    // A link in the folder of results may be its owner's; nothing from outside is written through one.
    private static void RefuseLinks(string results, string name)
    {
        for (var at = name.IndexOf('/', StringComparison.Ordinal); at >= 0; at = name.IndexOf('/', at + 1))
            if (new DirectoryInfo(Path.Combine(results, name[..at])) is { LinkTarget: { } target } link)
                throw new DataException(link.FullName, $"is a link to {target}", "install into folders that are none");
        if (new FileInfo(Path.Combine(results, name)) is { LinkTarget: { } file } linked) throw new DataException(linked.FullName, $"is a link to {file}", "install into folders without links");
    }

    private static uint ChecksumOf(string file, CancellationToken stop)
    {
        using var stream = File.OpenRead(file);
        var (block, crc) = (new byte[BlockBytes], Crc32.Of([]));
        for (int got; (got = stream.Read(block)) > 0;)
        {
            stop.ThrowIfCancellationRequested();
            crc = Crc32.Append(crc, block.AsSpan(0, got));
        }

        return crc;
    }

    private static void Unpack(ZipReader reader, ZipEntry entry, string target, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var member = reader.Open(entry);
        using var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        var block = new byte[(int)Math.Clamp(entry.Length, 1, BlockBytes)];
        while (member.Left > 0)
        {
            stop.ThrowIfCancellationRequested();
            var part = block.AsSpan(0, (int)Math.Min(block.Length, member.Left));
            member.Read(part);
            stream.Write(part);
        }

        member.End();
        stream.Flush(flushToDisk: true);
    }

    private static void Check(string file, string zip, string name)
    {
        try
        {
            _ = NnUnetJson.ReadObject(file);
        }
        catch (DataException e)
        {
            throw new DataException(zip, $"the member '{name}' {e.Message[(e.File.Length + 2)..]}", "get the zip again from where it came", e);
        }
    }

    // What is not there yet is moved as a whole; of the rest, each file takes its place at once.
    private static void Place(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from))
        {
            var target = Path.Combine(to, Path.GetFileName(folder));
            if (Directory.Exists(target)) Place(folder, target);
            else Directory.Move(folder, target);
        }

        foreach (var file in Directory.GetFiles(from)) File.Move(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        DurableFile.FlushFolder(to);
    }

    private static DataException Refused(ZipReader reader, ZipEntry entry, string problem) =>
        new(reader.Path, $"the member '{MessageText.Shown(entry.Name)}' {problem}", "give a zip that export-model-to-zip or nnU-Net made");
}
