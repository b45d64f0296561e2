using System.Runtime.InteropServices;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>nnU-Net's properties pickle (spec 03 section 7.3), one key of ours with the checksums of the arrays beside it,
/// and one with the stamp of the recipe and the raw files it was made from.</summary>
internal static class CaseStoreProperties
{
    private const string ChecksumKey = "actorseg_crc32", StampKey = "actorseg_stamp";

    /// <summary>Writes properties; checksums and stamp are null beside predictions.</summary>
    public static byte[] Write(CaseProperties properties, (uint Data, uint Seg)? checksums, string? stamp)
    {
        var (low, high) = (properties.CropBox.Low, properties.CropBox.High);
        var root = new PickleDict();
        if (CaseStoreGeometry.Write(properties.Geometry) is var (key, place)) root.Add(key, place);
        root.Add("spacing", Floats(properties.Spacing.ToArray()).Items.ToList());
        root.Add("shape_before_cropping", Extents(properties.ShapeBeforeCropping));
        root.Add("bbox_used_for_cropping", Enumerable.Range(0, 3).Select(a => (object?)new List<object?> { low[a], high[a] }).ToList());
        root.Add("shape_after_cropping_and_before_resampling", Extents(properties.ShapeAfterCropping));
        if (properties.ClassLocations is { } locations) root.Add("class_locations", Locations(locations));
        if (checksums is var (data, seg))
        {
            var crc = new PickleDict();
            crc.Add("data", (long)data);
            crc.Add("seg", (long)seg);
            root.Add(ChecksumKey, crc);
        }

        if (stamp is not null) root.Add(StampKey, stamp);
        return Pickle.Write(root);
    }

    /// <summary>Reads properties; checksums and stamp are null in nnU-Net's own files.</summary>
    public static (CaseProperties Properties, (uint Data, uint Seg)? Checksums, string? Stamp) Read(byte[] pickle, string path)
    {
        var root = Pickle.Read(pickle, path) as PickleDict ?? throw Bad(path, "does not hold a dict");
        var spacing = Spacing.From(Numbers(root, "spacing", path, 3));
        var box = PickleFields.Items(root["bbox_used_for_cropping"]) is { Count: 3 } sides
            ? sides
            : throw Bad(path, "has no 'bbox_used_for_cropping' of 3 axes");
        var bounds = box.Select(side => Numbers(side, "bbox_used_for_cropping", path, 2)).ToArray();
        var properties = new CaseProperties(
            spacing,
            CaseStoreGeometry.Read(root, spacing, path),
            Shape(root, "shape_before_cropping", path),
            new Box(new((int)bounds[0][0], (int)bounds[1][0], (int)bounds[2][0]), new((int)bounds[0][1], (int)bounds[1][1], (int)bounds[2][1])),
            Shape(root, "shape_after_cropping_and_before_resampling", path),
            root["class_locations"] is PickleDict locations ? Locations(locations, path) : null);
        return (
            properties,
            root[ChecksumKey] is PickleDict crc && crc["data"] is long data && crc["seg"] is long seg ? ((uint)data, (uint)seg) : null,
            root[StampKey] as string);
    }

    public static IReadOnlyList<double> Numbers(PickleDict dict, string key, string path, params ReadOnlySpan<int> counts) =>
        Numbers(dict[key], key, path, counts);

    public static DataException Bad(string path, string problem) => new(path, problem, "");

    private static double[] Numbers(object? value, string key, string path, params ReadOnlySpan<int> counts)
    {
        var numbers = PickleFields.Items(value)?.Select(PickleFields.Number).ToArray();
        if (numbers is null || !counts.Contains(numbers.Length) || numbers.Contains(null)) throw Bad(path, $"has no '{key}' of {counts[0]} numbers");
        return Array.ConvertAll(numbers, n => n!.Value);
    }

    private static VolumeShape Shape(PickleDict root, string key, string path)
    {
        var extents = Numbers(root, key, path, 3);
        return extents.All(e => e is >= 0 and <= int.MaxValue)
            ? new VolumeShape((int)extents[0], (int)extents[1], (int)extents[2])
            : throw Bad(path, $"has a negative extent in '{key}'");
    }

    private static PickleTuple Floats(IReadOnlyList<double> values) => new([.. values.Select(v => (object?)v)]);

    private static PickleTuple Extents(VolumeShape shape) => new([.. shape.ToArray().Select(e => (object?)e)]);

    // int64 (n, 4) with the channel, always 0, in front; an empty list where a class has no voxel, as nnU-Net has it.
    private static PickleDict Locations(ClassLocations locations)
    {
        var dict = new PickleDict();
        foreach (var entry in locations.Entries)
        {
            object key = entry.IsTuple ? new PickleTuple([.. entry.Labels.Select(l => (object?)l)]) : (long)entry.Labels[0];
            var rows = new long[4 * entry.Count];
            for (var i = 0; i < entry.Count; i++)
                for (var axis = 0; axis < 3; axis++)
                    rows[(4 * i) + 1 + axis] = entry.Positions[(3 * i) + axis];
            dict.Add(key, entry.Count == 0 ? new List<object?>() : new NumpyArray("<i8", [entry.Count, 4], MemoryMarshal.AsBytes(rows.AsSpan()).ToArray()));
        }

        return dict;
    }

    private static ClassLocations Locations(PickleDict dict, string path)
    {
        var entries = new List<ClassLocations.Entry>();
        foreach (var (key, value) in dict.Entries)
        {
            var parts = key is PickleTuple tuple ? tuple.Items : [key];
            var labels = parts.Select(p => PickleFields.Number(p) is { } n && n == (int)n
                ? (int)n
                : throw Bad(path, $"has class locations of '{p}', which is no label")).ToArray();
            entries.Add(new ClassLocations.Entry(labels, key is PickleTuple, Positions(value, path)));
        }

        return new ClassLocations(entries);
    }

    private static int[] Positions(object? value, string path)
    {
        if (value is List<object?> { Count: 0 } or NumpyArray { Bytes.Length: 0 }) return [];
        if (value is not NumpyArray { Dtype: "<i8", Shape: [var count, 4] } array)
            throw Bad(path, "has class locations that are no int64 array with 4 columns");
        var rows = MemoryMarshal.Cast<byte, long>(array.Bytes);
        var positions = new int[3 * count];
        for (var i = 0; i < count; i++)
            for (var axis = 0; axis < 3; axis++)
                positions[(3 * i) + axis] = (int)Math.Clamp(rows[(4 * i) + 1 + axis], -1, int.MaxValue);
        return positions;
    }
}
