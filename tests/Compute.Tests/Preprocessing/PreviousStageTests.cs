using ActorSeg.Compute.Files;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Preprocessing;

public sealed class PreviousStageTests : IDisposable
{
    private static readonly CaseId Id = new("case_7");
    private readonly TemporaryFolder _folder = new();
    private readonly Volume<short> _labels = new(1, new VolumeShape(3, 4, 5), [.. Enumerable.Range(0, 60).Select(i => (short)(i % 4))]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_prediction_comes_back_box_by_box_in_nnunets_layout()
    {
        var stage = new PreviousStage(_folder.Path);
        Assert.False(stage.Has(Id));
        stage.Save(Id, _labels);
        Assert.True(stage.Has(Id));
        Assert.Equal([3, 4, 5], new Npz(_folder.File("case_7.npz"))["seg"].Shape);
        using var stored = stage.Open(Id);
        var box = new short[8];
        stored.Read(new Box(new(2, 3, 4), new(4, 5, 6)), box);
        Assert.Equal([_labels.Data[59], -1, -1, -1, -1, -1, -1, -1], box);
    }

    [Theory, InlineData("|u1"), InlineData("<u2"), InlineData("<i2")]
    public void What_nnunet_writes_is_read_whatever_its_type(string dtype)
    {
        using (var file = File.Create(_folder.File("case_7.npz")))
        {
            var zip = new ZipWriter(file);
            var header = NpyHeader.Make(dtype, 3, 4, 5);
            if (dtype == "|u1") zip.Add<byte>("seg.npy", header, Array.ConvertAll(_labels.Data, v => (byte)v));
            else zip.Add<short>("seg.npy", header, _labels.Data);
            zip.Finish();
        }

        using var stored = new PreviousStage(_folder.Path).Open(Id);
        var all = new short[60];
        stored.Read(Box.Whole(stored.Shape), all);
        Assert.Equal(_labels.Data, all);
    }

    [Fact]
    public void A_missing_or_damaged_prediction_is_told_of_with_what_to_do()
    {
        var stage = new PreviousStage(_folder.Path);
        Assert.Contains("validate the stage before", Assert.Throws<DataException>(() => stage.Open(Id)).Message);
        stage.Save(Id, _labels);
        var bytes = File.ReadAllBytes(_folder.File("case_7.npz"));
        bytes[200] ^= 1;
        File.WriteAllBytes(_folder.File("case_7.npz"), bytes);
        Assert.Contains("case_7.npz", Assert.Throws<DataException>(() => new PreviousStage(_folder.Path).Open(Id)).Message);
    }

    [Fact]
    public void Each_foreground_label_becomes_a_channel_and_other_values_none()
    {
        var image = new Volume<float>(1, new VolumeShape(1, 1, 4), [5, 6, 7, 8]);
        var input = PreviousStage.Append(image, [-1, 0, 2, 1], [1, 2]);
        Assert.Equal([5, 6, 7, 8, 0, 0, 0, 1, 0, 0, 1, 0], input.Data);
        Assert.Equal(3, input.Channels);
    }
}
