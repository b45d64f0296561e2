namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// The fields of a MetaImage header as text. Their order and case do not matter, the last of several counts, unknown ones are the writer's own; only
/// <c>ElementDataFile</c> has a place: it ends the header.
/// </summary>
internal sealed class MetaImageFields
{
    private const string Damaged = "its header is damaged; export the image again";

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _list = [];
    private readonly string _file;

    private MetaImageFields(string file) => _file = file;

    /// <summary>Byte behind the header: that of the voxels where they are in the same file.</summary>
    public long End { get; private set; }

    /// <summary>Number of axes.</summary>
    public int Axes { get; private set; }

    /// <summary>The names behind <c>ElementDataFile = LIST</c>.</summary>
    public IReadOnlyList<string> List => _list;

    /// <summary>The text of a field; null without it.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads a header.</summary>
    /// <exception cref="DataException">It is missing or none of an image.</exception>
    public static MetaImageFields Read(string file) => ImageFile.Guard(file, () =>
    {
        using var stream = ImageFile.OpenRead(file);
        var header = new TextHeader(file, stream);
        var fields = new MetaImageFields(file);
        while (fields["ElementDataFile"] is null && header.Next() is { } line) fields.Take(line, header.Number);
        if (!fields.Required("ElementDataFile").StartsWith("LIST", StringComparison.Ordinal)) fields.End = stream.Position;
        else
            while (header.Next() is { } name)
                if (name.Length > 0)
                    fields._list.Add(name);
        if (fields["ObjectType"] is { } type && !type.StartsWith("Image", StringComparison.OrdinalIgnoreCase))
            throw new DataException(file, $"holds an object of type {TextHeader.Quote(type)}, no image", "export it as an image");
        var axes = TextHeader.Whole(fields.Required("NDims"), file, "NDims");
        fields.Axes = axes is >= 1 and <= 10 ? (int)axes : throw new DataException(file, $"says NDims {axes}", "1 to 10 axes are read; its header may be damaged");
        return fields;
    });

    /// <summary>The text of a field.</summary>
    /// <exception cref="DataException">The header does not have it.</exception>
    public string Required(string name) => this[name] ?? throw new DataException(_file, $"has no field '{name}'", "check what the file is; a MetaImage header has one");

    /// <summary>A flag: <c>True</c>, <c>true</c>, <c>T</c> or <c>1</c>; all else is false, as MetaIO has it.</summary>
    public bool Flag(string name, bool otherwise) => this[name] is { Length: > 0 } text ? text[0] is 'T' or 't' or '1' : otherwise;

    /// <summary>A whole number.</summary>
    /// <exception cref="DataException">It is none.</exception>
    public long Whole(string name, long otherwise) => this[name] is { } text ? TextHeader.Whole(text, _file, name) : otherwise;

    /// <summary>As many numbers as are wanted, of the first of some fields that is there; null where none is.</summary>
    /// <exception cref="DataException">There are fewer, or one is no number.</exception>
    public double[]? Numbers(int count, params string[] names)
    {
        if (names.FirstOrDefault(_fields.ContainsKey) is not { } name) return null;
        var words = TextHeader.Words(_fields[name]);
        if (words.Length < count) throw new DataException(_file, $"has {words.Length} numbers in '{name}' and needs {count}", Damaged);
        return [.. words.Take(count).Select(word => TextHeader.Number64(word, _file, name))];
    }

    private void Take(string line, int number)
    {
        if (line.Length == 0) return;
        var equals = line.IndexOf('=');
        if (equals < 1)
            throw new DataException(
                _file, $"has the header line {number} {TextHeader.Quote(line)}, which is no 'name = value'", "check what the file is, and export it as MetaImage");
        _fields[line[..equals].Trim()] = line[(equals + 1)..].Trim();
    }
}
