using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Inference;

public sealed class PredictorTests : IDisposable
{
    private static readonly VolumeShape Shape = new(9, 22, 18);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, NoTensorLeak, InlineData("3d_fullres"), InlineData("2d"), InlineData("3d_lowres")]
    public void files_streams_and_arrays_give_the_same_labels(string configuration)
    {
        var model = new SmallModel(_folder.File("model"), configuration, folds: 2);
        var file = Image("a");
        using var predictor = Predictor.Open(model.Folder);
        var fromFile = predictor.Predict([file], probabilities: true);
        Assert.Equal(Shape, fromFile.Shape);
        Assert.True(fromFile.Labels.Distinct().Count() > 1, "the made-up network finds one label only, and the test nothing");

        using (var stream = File.OpenRead(file))
            Assert.Equal(fromFile.Labels, predictor.Predict([stream], ".nii.gz", probabilities: true).Labels);
        var image = new SimpleItkReaderWriter().ReadImages([file]);
        var fromArray = predictor.Predict(image.Data, image.Spacing, probabilities: true);
        Assert.Equal(fromFile.Labels, fromArray.Labels);
        Assert.Equal(fromFile.Probabilities!.Data, fromArray.Probabilities!.Data);

        for (var i = 0; i < Shape.Voxels; i++)
        {
            float[] all = [.. Enumerable.Range(0, 3).Select(head => fromFile.Probabilities.Channel(head)[i])];
            Assert.Equal(1, all.Sum(), 5);
            Assert.Equal(Array.IndexOf(all, all.Max()), fromFile.Labels[i]);
        }
    }

    [Fact, NoTensorLeak]
    public void what_is_saved_reads_back_with_the_images_place()
    {
        var model = new SmallModel(_folder.File("model"));
        using var predictor = Predictor.Open(model.Folder, options: new PredictorOptions { Mirroring = false });
        var segmentation = predictor.Predict([Image("a")]);
        segmentation.Save(_folder.File("a.nii.gz"));
        using var stream = new MemoryStream();
        segmentation.Save(stream, ".nii.gz");
        Assert.Equal(File.ReadAllBytes(_folder.File("a.nii.gz")), stream.ToArray());
        var read = new SimpleItkReaderWriter().ReadLabels(_folder.File("a.nii.gz"));
        Assert.Equal(segmentation.Labels.Select(l => (float)l), read.Data.Data);
        Assert.Equal(new SimpleItkReaderWriter().ReadImages([Image("a")]).Geometry.Origin, read.Geometry.Origin);
    }

    // Its parts run on several threads, and tensors are counted by thread.
    [Fact]
    public async Task many_cases_come_in_order_each_as_it_comes_alone()
    {
        var model = new SmallModel(_folder.File("model"));
        using var predictor = Predictor.Open(model.Folder);
        string[] files = [Image("a", 1), Image("b", 2), Image("c", 3)];
        var all = new List<ushort[]>();
        await foreach (var segmentation in predictor.PredictAll(files.Select(f => (IReadOnlyList<string>)[f]))) all.Add(segmentation.Labels);
        Assert.Equal(files.Select(f => predictor.Predict([f]).Labels), all);
    }

    [Theory, NoTensorLeak, InlineData(false), InlineData(true)]
    public void a_folder_is_predicted_with_nnU_Nets_names_and_side_files(bool regions)
    {
        var model = new SmallModel(_folder.File("model"), regions: regions);
        Image("a", 1);
        Image("b", 2);
        using var predictor = Predictor.Open(model.Folder);
        predictor.PredictFolder(_folder.File("in"), _folder.File("out"), probabilities: true);
        Assert.Equal(
            ["a.nii.gz", "a.npz", "a.pkl", "b.nii.gz", "b.npz", "b.pkl", "dataset.json", "plans.json", "predict_from_raw_data_args.json"],
            Directory.GetFiles(_folder.File("out")).Select(Path.GetFileName).Order());

        var expected = predictor.Predict([_folder.File("in", "a_0000.nii.gz")], probabilities: true);
        var npz = new Npz(_folder.File("out", "a.npz"))["probabilities"];
        Assert.Equal(("<f4", 4), (npz.Dtype, npz.Shape.Length));
        Assert.Equal([regions ? 2 : 3, .. Shape.ToArray()], npz.Shape);
        Assert.Equal(expected.Probabilities!.Data, npz.Floats());
        Assert.Equal(expected.Labels.Select(l => (float)l), new SimpleItkReaderWriter().ReadLabels(_folder.File("out", "a.nii.gz")).Data.Data);

        // Two rows of zeros are cropped away and come back.
        var properties = CaseStoreProperties.Read(File.ReadAllBytes(_folder.File("out", "a.pkl")), "a.pkl").Properties;
        Assert.Equal((Shape, new Box(new(0, 2, 0), new(9, 22, 18))), (properties.ShapeBeforeCropping, properties.CropBox));
        Assert.Equal([1, 1.25, 1.5], properties.Geometry.Spacing);
    }

    [Fact, NoTensorLeak]
    public void probabilities_that_were_written_can_be_ensembled()
    {
        Image("a");
        foreach (var (configuration, folder) in (ReadOnlySpan<(string, string)>)[("2d", "one"), ("3d_fullres", "two")])
            using (var predictor = Predictor.Open(new SmallModel(_folder.File(configuration), configuration).Folder))
                predictor.PredictFolder(_folder.File("in"), _folder.File(folder), probabilities: true);
        var input = Assert.Single(EnsembleFolders.Match([_folder.File("one"), _folder.File("two")]));
        var labels = DatasetJson.Load(_folder.File("one", "dataset.json")).Labels;
        var map = Ensembling.MakeCase(input.Files, labels, new SimpleItkReaderWriter(), _folder.File("ensemble.nii.gz"), ".nii.gz", false, CancellationToken.None);
        float[][] members = [.. input.Files.Select(file => new Npz(file)["probabilities"].Floats())];
        for (var i = 0; i < Shape.Voxels; i++)
        {
            float[] mean = [.. Enumerable.Range(0, 3).Select(head => (members[0][(head * Shape.Voxels) + i] + members[1][(head * Shape.Voxels) + i]) / 2)];
            Assert.Equal(Array.IndexOf(mean, mean.Max()), map.Labels[i]);
        }
    }

    [Fact, NoTensorLeak]
    public void a_cascade_takes_the_labels_of_the_stage_before()
    {
        var model = new SmallModel(_folder.File("model"), "3d_cascade_fullres");
        SmallModel.WriteLabels(_folder.File("low", "a.nii.gz"), Shape);
        using var predictor = Predictor.Open(model.Folder);
        var file = Image("a");
        var with = predictor.Predict([file], _folder.File("low", "a.nii.gz"));
        SmallModel.WriteLabels(_folder.File("low", "other.nii.gz"), new VolumeShape(9, 22, 17));
        Assert.Contains("9x22x17", Assert.Throws<DataException>(() => predictor.Predict([file], _folder.File("low", "other.nii.gz"))).Message);
        Assert.Contains("3d_lowres", Assert.Throws<DataException>(() => predictor.Predict([file])).Message);

        new SimpleItkReaderWriter().WriteLabels(_folder.File("low", "empty.nii.gz"), new ushort[Shape.Voxels], Shape, with.Geometry);
        Assert.NotEqual(with.Labels, predictor.Predict([file], _folder.File("low", "empty.nii.gz")).Labels);
    }

    [Fact]
    public void images_that_are_not_what_the_model_takes_are_refused_in_a_sentence()
    {
        var model = new SmallModel(_folder.File("model"), ending: ".nrrd");
        using var predictor = Predictor.Open(model.Folder);
        string Refused(params string[] files) => Assert.Throws<DataException>(() => predictor.Predict(files)).Message;
        var (image, writer, geometry) = (Image("a", ending: ".nrrd"), new SimpleItkReaderWriter(), new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
        Assert.Contains("has 2 channels where the model was trained on 1 (MRI0)", Refused(image, image));

        var values = SmallModel.Image(Shape);
        values[(((3 * Shape.Y) + 5) * Shape.X) + 7] = float.NaN;
        writer.WriteImage(_folder.File("nan.nrrd"), values, Shape, geometry);
        Assert.Contains("nan.nrrd: holds a voxel that is no finite number, first in channel 0 at (3, 5, 7) of (z, y, x)", Refused(_folder.File("nan.nrrd")));

        var flat = new VolumeShape(1, 22, 18);
        writer.WriteImage(_folder.File("flat.nrrd"), SmallModel.Image(flat), flat, new ImageGeometry([1, 1], [0, 0], [1, 0, 0, 1]));
        Assert.Contains("two axes", Refused(_folder.File("flat.nrrd")));
    }

    [Fact]
    public void weights_that_give_no_numbers_are_told_of_and_sums_out_of_range_point_to_the_wider_sums()
    {
        using var nothing = Logits(Half.NaN);
        using var large = Logits(Half.PositiveInfinity);
        Assert.Contains("NaN", Assert.Throws<DataException>(() => FiniteLogits.Require(nothing, SumPrecision.Fp16, "checkpoint_final.pth")).Message);
        Assert.Contains("--accumulate fp32", Assert.Throws<ResourceException>(() => FiniteLogits.Require(large, SumPrecision.Fp16, "checkpoint_final.pth")).Message);
        Assert.Throws<DataException>(() => FiniteLogits.Require(large, SumPrecision.Fp32, "checkpoint_final.pth"));

        static Logits Logits(Half value)
        {
            var logits = new Logits(2, new VolumeShape(3, 5, 7));
            logits.Head(1)[^1] = value;
            return logits;
        }
    }

    [Fact]
    public void folds_of_another_network_are_refused_before_anything_is_predicted()
    {
        var model = new SmallModel(_folder.File("model"), folds: 2);
        var other = new SmallModel(_folder.File("other"), channels: 2);
        File.Copy(other.CheckpointOf(0), model.CheckpointOf(1), overwrite: true);
        var refused = Assert.Throws<DataException>(() => Predictor.Open(model.Folder));
        Assert.Contains("fold_1", refused.Message);

        File.Copy(other.CheckpointOf(0), model.CheckpointOf(0), overwrite: true);
        Assert.Contains("checkpoint_final.pth", Assert.Throws<DataException>(() => Predictor.Open(model.Folder, [new Fold(0)])).Message);
    }

    [Theory]
    [InlineData("nnUNetTrainer", "DeepSupervision = True, BatchNorm = False }"), InlineData("nnUNetTrainerBN", "BatchNorm = True"), InlineData("MyTrainer", "Planned")]
    [InlineData("nnUNet_Primus_M_Trainer_BS8", "Version = V1, Width = 864"), InlineData("nnUNet_PrimusV2S_Trainer", "Version = V2, Width = 396"), InlineData("_Primus_L_48_BS1", "Width = 1056")]
    public void trainers_that_change_the_network_are_known_by_name(string trainer, string network) => Assert.Contains(network, PluginSet.None.NetworkOf(trainer).ToString());

    [Fact]
    public void a_missing_fold_is_told_with_those_there_are()
    {
        var model = new SmallModel(_folder.File("model"), folds: 2);
        Assert.Contains("-f 0 1", Assert.Throws<DataException>(() => Predictor.Open(model.Folder, [new Fold(0), new Fold(4)])).Message);
    }

    private string Image(string name, int seed = 1, string ending = ".nii.gz")
    {
        var file = _folder.File("in", $"{name}_0000{ending}");
        SmallModel.WriteImage(file, Shape, seed);
        return file;
    }
}
