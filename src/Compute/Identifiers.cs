using System.Globalization;

namespace ActorSeg.Compute;

/// <summary>The name of one case of a data set, such as <c>hippocampus_001</c>: file names without channel suffix and ending.</summary>
public readonly record struct CaseId(string Value) : IComparable<CaseId>
{
    /// <summary>Ordinal (code point) order, as nnU-Net sorts identifiers.</summary>
    public int CompareTo(CaseId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A cross-validation fold: a number from 0, or <see cref="All"/> (train and validate on every case).</summary>
public readonly record struct Fold(int? Number)
{
    /// <summary>Every case trains and validates.</summary>
    public static Fold All => new(null);

    /// <summary>Reads <c>0</c>, <c>1</c>, ... or <c>all</c>.</summary>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static Fold Parse(string text) =>
        text == "all" ? All
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? new Fold(n)
        : throw new UsageException($"fold '{text}' is neither a number from 0 nor 'all'");

    /// <summary>The folder of a fold's results: <c>fold_0</c>, <c>fold_all</c>.</summary>
    public string FolderName => $"fold_{this}";

    /// <inheritdoc/>
    public override string ToString() => Number?.ToString(CultureInfo.InvariantCulture) ?? "all";
}
