namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// The fields of a NRRD header as text, by their name in lower case without spaces, each at most once. Comments and <c>key:=value</c> pairs, which say
/// nothing of the voxels, are left out.
/// </summary>
internal sealed class NrrdFields
{
    private const string Damaged = "its header is damaged; export the image again";

    // Whether a field may be known and left alone: everything that the format has and this reader has no use for.
    private static readonly HashSet<string> Known =
    [
        "content", "number", "type", "blocksize", "dimension", "space", "spacedimension", "sizes", "spacings", "thicknesses", "axismins", "axismaxs",
        "spacedirections", "centers", "centerings", "kinds", "labels", "units", "min", "max", "oldmin", "oldmax", "endian", "encoding", "lineskip",
        "byteskip", "sampleunits", "spaceunits", "spaceorigin", "measurementframe", "datafile",
    ];

    private readonly Dictionary<string, string> _fields = [];
    private readonly List<string> _list = [];
    private readonly string _file;

    private NrrdFields(string file) => _file = file;

    /// <summary>Byte behind the header: that of the voxels where they are attached.</summary>
    public long End { get; private set; }

    /// <summary>Whether an empty line ended the header; without one there can be no voxels behind it.</summary>
    public bool Closed { get; private set; }

    /// <summary>The names behind <c>data file: LIST</c>.</summary>
    public IReadOnlyList<string> List => _list;

    /// <summary>The text of a field; null without it.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads a header.</summary>
    /// <exception cref="DataException">It is missing or none of NRRD's.</exception>
    public static NrrdFields Read(string file) => ImageFile.Guard(file, () =>
    {
        using var stream = ImageFile.OpenRead(file);
        Span<byte> magic = stackalloc byte[4];
        if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual("NRRD"u8))
            throw new DataException(file, "does not begin with NRRD", "check what the file is, and export it as NRRD");
        var header = new TextHeader(file, stream);
        _ = header.Next();
        var fields = new NrrdFields(file);
        while (header.Next() is { } line)
        {
            if (fields.Closed = line.Length == 0) break;
            if (!fields.Take(line, header.Number)) continue;
            // The names of a list run to the end of the header.
            while (header.Next() is { Length: > 0 } name) fields._list.Add(name);
            break;
        }

        fields.End = stream.Position;
        return fields;
    });

    /// <summary>The text of a field.</summary>
    /// <exception cref="DataException">The header does not have it.</exception>
    public string Required(string name, string spelling) =>
        this[name] ?? throw new DataException(_file, $"has no field '{spelling}'", Damaged);

    // True when the names of a list of files follow.
    private bool Take(string line, int number)
    {
        if (line[0] == '#') return false;
        var colon = line.IndexOf(':');
        if (colon < 0) throw new DataException(_file, $"has the header line {number} {TextHeader.Quote(line)}, which is no field, comment or key", Damaged);
        if (colon + 1 < line.Length && line[colon + 1] == '=') return false;
        var name = line[..colon].Replace(" ", "").ToLowerInvariant();
        if (name == "centers") name = "centerings";
        if (!Known.Contains(name) && line.Contains(":=", StringComparison.Ordinal)) return false;
        if (!Known.Contains(name))
            throw new DataException(
                _file, $"has the field {TextHeader.Quote(line[..colon])} (line {number}), which NRRD does not know", "correct its name, or write := for a key of your own");
        if (!_fields.TryAdd(name, line[(colon + 1)..].Trim())) throw new DataException(_file, $"has the field '{line[..colon]}' twice (line {number})", "delete one of them");
        return name == "datafile" && _fields[name].StartsWith("LIST", StringComparison.Ordinal) && (_fields[name].Length == 4 || _fields[name][4] == ' ');
    }
}
