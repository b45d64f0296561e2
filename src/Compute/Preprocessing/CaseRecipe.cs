using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>All that decides what becomes of a raw case: the same recipe and the same files give the same bytes.</summary>
/// <param name="Plans">Transposition and intensities.</param>
/// <param name="Configuration">Spacing, normalisation, resampling.</param>
/// <param name="Labels">Which class locations to sample.</param>
/// <param name="Steps">nnU-Net's, or a user's.</param>
public sealed record CaseRecipe(Plans Plans, Configuration Configuration, LabelSet Labels, DefaultPreprocessor Steps)
{
    // Goes up when the same plans give other bytes than before.
    private const int Version = 1;

    /// <summary>nnU-Net's own steps.</summary>
    public CaseRecipe(Plans plans, Configuration configuration, LabelSet labels)
        : this(plans, configuration, labels, new DefaultPreprocessor())
    {
    }

    /// <summary>
    /// A digest of the recipe and of the raw files as they are now (name, length, time of change), to tell whether a stored case is still what would be made.
    /// </summary>
    /// <param name="raw">Its files must exist.</param>
    public string Stamp(RawCase raw)
    {
        var text = new StringBuilder(Content());
        foreach (var file in raw.Images.Append(raw.Label).OfType<string>().Select(path => new FileInfo(path)))
            text.Append(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))[..16]);
    }

    private string Content()
    {
        var c = Configuration;
        var classes = Labels.ForegroundClasses.Select(k => $"{k.IsTuple}:{string.Join(',', k.Labels)}");
        FormattableString[] lines =
        [
            $"{Version} {Plans.ImageReaderWriter} {string.Join(',', Plans.TransposeForward)}",
            $"{string.Join(' ', Plans.Intensities)}",
            $"{string.Join(' ', c.Spacing.Select(s => s.ToString("R", CultureInfo.InvariantCulture)))}",
            $"{string.Join(' ', c.NormalizationSchemes)} {string.Join(' ', c.UseMaskForNorm)}",
            $"{c.ResampleData} {c.ResampleLabels}",
            $"{string.Join(' ', classes)} {Labels.Ignore} {string.Join(',', Labels.All)}",
            $"{Steps.GetType().FullName} {(Steps.GetType() == typeof(DefaultPreprocessor) ? Guid.Empty : Steps.GetType().Module.ModuleVersionId)}",
        ];
        return string.Join('\n', lines.Select(line => line.ToString(CultureInfo.InvariantCulture))) + "\n";
    }
}
