using System.Globalization;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>
/// The checks of nnU-Net's <c>--verify_dataset_integrity</c> for one case (spec 01 section 7, numbers 9 to 11); those before are made by
/// <see cref="RawDataset"/>, <see cref="DatasetJson"/> and <see cref="LabelSet"/>. Holds one file in memory at a time.
/// </summary>
public static class DatasetIntegrity
{
    /// <summary>The problems of a case; none when it is fit for training.</summary>
    public static IReadOnlyList<string> CheckCase(RawCase c, IImageReaderWriter reader, DatasetJson json) => Inspect(c, reader, json).Problems;

    /// <summary>All that is found out about a case. A file that cannot be read is a problem, not an exception.</summary>
    /// <param name="c">The case; a label is looked at where it has one.</param>
    /// <param name="reader">The data set's reader.</param>
    /// <param name="json">What the data set says of itself.</param>
    /// <param name="stop">Looked at between files.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static CaseFindings Inspect(RawCase c, IImageReaderWriter reader, DatasetJson json, CancellationToken stop = default)
    {
        var look = new Look(reader, json);
        foreach (var file in c.Images)
        {
            stop.ThrowIfCancellationRequested();
            look.AtImage(file);
        }

        stop.ThrowIfCancellationRequested();
        look.AtChannels(c);
        if (c.Label is not null) look.AtLabel(c.Label);
        return look.Findings;
    }

    private sealed class Look(IImageReaderWriter reader, DatasetJson json)
    {
        private readonly List<string> _problems = [], _warnings = [], _noisy = [];
        private (VolumeShape Shape, Spacing Spacing, ImageGeometry Geometry)? _first;
        private IReadOnlyList<float> _labels = [];
        private int _channels, _unread;
        private long _nan;

        public CaseFindings Findings => new(_problems, _warnings)
        {
            Shape = _first?.Shape,
            Spacing = _first?.Spacing,
            Geometry = _first?.Geometry,
            Labels = _labels,
            NaN = _nan,
            Noisy = _noisy,
        };

        public void AtImage(string file)
        {
            if (Try(() => reader.ReadImages([file])) is not { } image)
            {
                _unread++;
                return;
            }

            for (var channel = 0; channel < image.Data.Channels; channel++, _channels++)
            {
                var bad = 0;
                foreach (var value in image.Data.Channel(channel))
                    if (float.IsNaN(value))
                        bad++;
                if (bad > 0) _problems.Add($"{file}: channel {_channels} holds {bad} voxels that are not a number; replace them");
                _nan += bad;
            }

            if (_first is null) _first = (image.Data.Shape, image.Spacing, image.Geometry);
            else Compare(image, file, "the channel");
        }

        public void AtChannels(RawCase c)
        {
            // What cannot be read is told of already, and may hold several channels.
            if (_unread == 0 && _channels != json.ChannelNames.Count)
                _problems.Add(
                    $"{c.Images[0]}: the case has {_channels} channels, but dataset.json names {json.ChannelNames.Count}; "
                    + "add the missing files or correct channel_names");
        }

        public void AtLabel(string file)
        {
            if (Try(() => reader.ReadLabels(file)) is not { } label) return;
            (_labels, var bad) = LabelScan.Of(label.Data.Data);
            _nan += bad;
            if (bad > 0) _problems.Add($"{file}: {bad} voxels of the label map are not a number; give each a label");
            else
                _ = Try(() =>
                {
                    LabelValues.Check(label.Data, json.Labels, file);
                    return label;
                });
            if (_first is not null) Compare(label, file, "the label map");
        }

        private void Compare(CaseImage other, string file, string what)
        {
            var first = _first!.Value;
            if (first.Shape != other.Data.Shape)
                _problems.Add($"{file}: {what} measures {other.Data.Shape} voxels, but its image {first.Shape}; resample one onto the other");
            var (wanted, found) = (first.Geometry, other.Geometry);
            var noise = GeometryNoise.Between(wanted, found);
            if (noise.IsNoise && first.Shape == other.Data.Shape) _noisy.Add(file);
            var advice = _noisy.Contains(file) ? "it is rounding noise, which verify-dataset --fix takes away" : null;
            var (spacing, image) = (other.Spacing.ToArray(), first.Spacing.ToArray());
            if (!GeometryComparison.Close(image, spacing))
                _problems.Add(Differs("spacing", spacing, image, " mm", advice ?? "correct the header that is wrong"));
            if (noise.Origin) _warnings.Add(Differs("origin", found.Origin, wanted.Origin, " mm", advice ?? "check that they overlay"));
            if (noise.Direction) _warnings.Add(Differs("direction", found.Direction, wanted.Direction, "", advice ?? "check that they overlay"));

            string Differs(string name, IReadOnlyList<double> its, IReadOnlyList<double> images, string unit, string then)
            {
                var apart = GeometryNoise.Apart(images, its);
                return $"{file}: {what}'s {name} {GeometryNoise.Text(its, apart)} differs from its image's {GeometryNoise.Text(images, apart)} "
                    + $"by up to {apart.ToString("G3", CultureInfo.InvariantCulture)}{unit}; {then}";
            }
        }

        private CaseImage? Try(Func<CaseImage> read)
        {
            try
            {
                return read();
            }
            catch (DataException e)
            {
                _problems.Add(e.Message);
                return null;
            }
        }
    }
}
