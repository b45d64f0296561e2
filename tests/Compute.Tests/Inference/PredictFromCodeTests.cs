using ActorSeg.Compute.Imaging;
using ActorSeg.Examples;

namespace ActorSeg.Compute.Tests.Inference;

/// <summary>The sample of docs/prediction.md does what it says.</summary>
public sealed class PredictFromCodeTests : IDisposable
{
    private static readonly VolumeShape Shape = new(9, 22, 18);

    private readonly TemporaryFolder _folder = new();
    private readonly string _model, _image;

    public PredictFromCodeTests()
    {
        (_model, _image) = (new SmallModel(_folder.File("model")).Folder, _folder.File("in", "a_0000.nii.gz"));
        SmallModel.WriteImage(_image, Shape);
    }

    public void Dispose() => _folder.Dispose();

    [Fact, NoTensorLeak]
    public void files_and_streams_give_the_same_file()
    {
        PredictFromCode.AFile(_model, _image, _folder.File("a.nii.gz"));
        using (var image = File.OpenRead(_image))
        using (var target = File.Create(_folder.File("b.nii.gz")))
            PredictFromCode.AStream(_model, image, target);
        Assert.Equal(File.ReadAllBytes(_folder.File("a.nii.gz")), File.ReadAllBytes(_folder.File("b.nii.gz")));
    }

    [Fact, NoTensorLeak]
    public void an_array_gives_labels_and_probabilities()
    {
        var (labels, background) = PredictFromCode.AnArray(_model, SmallModel.Image(Shape), Shape, new Spacing(1.5, 1.25, 1));
        Assert.Equal(Shape.Voxels, labels.Length);
        Assert.All(labels.Zip(background), voxel => Assert.True(voxel.First != 0 || voxel.Second >= 1f / 3));
    }

    [Fact]
    public async Task many_cases_and_a_folder_agree_with_each_other()
    {
        SmallModel.WriteImage(_folder.File("in", "b_0000.nii.gz"), Shape, seed: 2);
        File.WriteAllText(_folder.File("in", "c_0000.nii.gz"), "no image");
        var failures = PredictFromCode.AFolder(_model, _folder.File("in"), _folder.File("out"));
        Assert.StartsWith("c: ", Assert.Single(failures));
        var voxels = await PredictFromCode.VolumesOfLabelOne(_model, [_image, _folder.File("in", "b_0000.nii.gz")], CancellationToken.None);
        var read = new SimpleItkReaderWriter();
        Assert.Equal(((string[])["a", "b"]).Select(id => read.ReadLabels(_folder.File("out", $"{id}.nii.gz")).Data.Data.LongCount(v => v == 1)), voxels);
    }
}
