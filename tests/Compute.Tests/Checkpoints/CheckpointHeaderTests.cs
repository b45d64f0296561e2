using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Tests.Checkpoints;

public sealed class CheckpointHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_header_says_what_the_whole_file_says()
    {
        var path = _folder.File("checkpoint_latest.pth");
        CheckpointFile.Write(path, SampleCheckpoint.Make());
        var (header, whole) = (CheckpointFile.ReadHeader(path), CheckpointFile.Read(path));
        Assert.Equal((whole.TrainerName, whole.Configuration, whole.Fold), (header.TrainerName, header.Configuration, header.Fold));
        Assert.Equal((whole.Extra!.Epoch, whole.Extra.Iteration), header.Position);
        Assert.Equal(whole.Plans.ToJsonString(), header.Plans.ToJsonString());
        Assert.Equal(whole.DatasetJson.ToJsonString(), header.DatasetJson.ToJsonString());
        Assert.Equal(whole.History.Select(e => e.TrainLoss), header.History.Select(e => e.TrainLoss));
        Assert.Equal(0.01, header.InitialLearningRate);
    }

    [Fact]
    public void A_training_goes_on_from_the_file_that_lies_furthest_on_even_behind_a_final_one()
    {
        CheckpointFile.Write(_folder.File(CheckpointSet.Final), SampleCheckpoint.Make(2));
        CheckpointFile.Write(_folder.File(CheckpointSet.Best), SampleCheckpoint.Make(1));
        Assert.Equal(_folder.File(CheckpointSet.Final), CheckpointFile.FindNewest(_folder.Path).Path);
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3));
        Assert.Equal(_folder.File(CheckpointSet.Latest), CheckpointFile.FindNewest(_folder.Path).Path);
        Assert.Equal(3, CheckpointFile.FindNewestHeader(_folder.Path)!.Value.Header.Epoch);
    }

    [Fact]
    public void Among_equals_nnU_Nets_order_decides()
    {
        foreach (var name in CheckpointSet.SearchOrder) CheckpointFile.Write(_folder.File(name), SampleCheckpoint.Make(2));
        Assert.Equal(_folder.File(CheckpointSet.Final), CheckpointFile.FindNewest(_folder.Path).Path);
    }

    [Fact]
    public void Without_permission_nothing_takes_its_name()
    {
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(1));
        CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(2));
        static void Refuse() => throw new ResourceException("another owner");
        Assert.Throws<ResourceException>(() => CheckpointFile.WriteGeneration(_folder.Path, SampleCheckpoint.Make(3), Refuse));
        Assert.Throws<ResourceException>(() => CheckpointFile.Write(_folder.File(CheckpointSet.Final), SampleCheckpoint.Make(3), Refuse));
        Assert.Equal([1, 2], new[] { CheckpointSet.Previous, CheckpointSet.Latest }.Select(name => CheckpointFile.Read(_folder.File(name)).CurrentEpoch));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Writing_tells_the_digest_that_describe_tells()
    {
        var path = _folder.File("checkpoint_final.pth");
        Assert.Equal(CheckpointFile.Write(path, SampleCheckpoint.Make()), CheckpointFile.Describe(path).WeightsSha256);
    }
}
