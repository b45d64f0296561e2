using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Preprocessing;

public sealed class CascadeCaseStoreTests : IDisposable
{
    private static readonly CaseId Id = new("case_7");
    private static readonly VolumeShape Shape = new(2, 3, 4);
    private readonly TemporaryFolder _folder = new();

    public CascadeCaseStoreTests() => CaseStore.Save(Cases, Id, new PreprocessedCase(
        new Volume<float>(1, Shape), new Volume<short>(1, Shape),
        new CaseProperties(new Spacing(1, 1, 1), new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]), Shape, Box.Whole(Shape), Shape, null)));

    private string Cases => _folder.File("cases");

    private string Previous => _folder.File("previous");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_case_comes_with_what_the_stage_before_predicted()
    {
        short[] labels = [.. Enumerable.Range(0, 24).Select(i => (short)(i % 3))];
        new PreviousStage(Previous).Save(Id, new Volume<short>(1, Shape, labels));
        var store = new CascadeCaseStore(new CaseStore(Cases), new PreviousStage(Previous));
        Assert.Equal([Id], store.Cases);
        using var stored = store.Open(Id);
        Assert.True(stored.HasPreviousLabels);
        var read = new short[4];
        stored.ReadPreviousLabels(new Box(new(1, 2, 2), new(2, 3, 6)), read);
        Assert.Equal([labels[22], labels[23], -1, -1], read);
        Assert.Equal((1, Shape), (stored.Channels, stored.Shape));
    }

    [Fact]
    public void a_prediction_of_another_size_is_told_of_with_what_to_do()
    {
        new PreviousStage(Previous).Save(Id, new Volume<short>(1, new(2, 3, 5)));
        var error = Assert.Throws<DataException>(() => new CascadeCaseStore(new CaseStore(Cases), new PreviousStage(Previous)).Open(Id));
        Assert.Contains("case_7: has 2x3x4 voxels where the prediction of the stage before has 2x3x5; validate the stage before again", error.Message);
    }

    [Fact]
    public void a_case_opened_alone_has_no_prediction_to_read()
    {
        using var stored = new CaseStore(Cases).Open(Id);
        Assert.False(stored.HasPreviousLabels);
        Assert.Throws<InvalidOperationException>(() => stored.ReadPreviousLabels(Box.Whole(Shape), new short[24]));
    }
}
