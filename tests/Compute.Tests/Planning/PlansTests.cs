using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Planning;

public class PlansTests
{
    private static string Golden(string set = "08_wholebody_ct_cascade", string name = "nnUNetPlans") => TestPaths.Golden("b_plans", set, $"{name}.json");

    [Fact]
    public void Plans_of_nnUNet_are_read_whole()
    {
        var plans = Plans.Load(Golden());
        Assert.Equal(["2d", "3d_lowres", "3d_fullres", "3d_cascade_fullres"], plans.Configurations.Keys);
        var full = plans.Configurations["3d_fullres"];
        Assert.Equal((3, 3), (full.PatchSize.Count, full.Architecture.Dimensions));
        Assert.Equal(full.Architecture.Stages, full.Architecture.EncoderCounts.Count);
        Assert.Equal((3, 0, null), (full.ResampleData.Order, full.ResampleData.OrderZ, full.ResampleData.ForceSeparateZ));
        Assert.True(full.ResampleLabels.IsSegmentation);
        Assert.True(full.Architecture.ConvBias && full.Architecture.NormAffine);
        Assert.Equal("SimpleITKIO", plans.ImageReaderWriter);
        Assert.Single(plans.Intensities);
    }

    [Fact]
    public void A_configuration_inherits_all_it_does_not_say_itself()
    {
        var plans = Plans.Load(Golden());
        var (full, cascade, low) = (plans.Configurations["3d_fullres"], plans.Configurations["3d_cascade_fullres"], plans.Configurations["3d_lowres"]);
        Assert.Equal(full.DataIdentifier, cascade.DataIdentifier);
        Assert.Equal(full.PatchSize, cascade.PatchSize);
        Assert.Equal("3d_lowres", cascade.PreviousStage);
        Assert.Equal(["3d_cascade_fullres"], low.NextStages);
        Assert.Empty(full.NextStages);
    }

    [Fact]
    public void Residual_plans_carry_blocks_instead_of_convolutions()
    {
        var network = Plans.Load(Golden("04_acdc", "nnUNetResEncUNetLPlans")).Configurations["3d_fullres"].Architecture;
        Assert.EndsWith("ResidualEncoderUNet", network.NetworkClassName);
        Assert.Equal([1, 3, 4, 6], network.EncoderCounts.Take(4));
        Assert.All(network.DecoderCounts, n => Assert.Equal(1, n));
    }

    [Fact]
    public void Saving_keeps_key_order_unknown_keys_and_configurations_of_the_old_file_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        var source = NnUnetJson.ReadObject(Golden());
        source["my_key"] = new JsonArray(1, 1e-7);
        Plans.Parse(source, "p").Save(folder.File("p.json"));
        Assert.Equal(NnUnetJson.Write(source, false), File.ReadAllText(folder.File("p.json")));

        var fewer = (JsonObject)source.DeepClone();
        foreach (var name in new[] { "3d_lowres", "3d_cascade_fullres" }) fewer["configurations"]!.AsObject().Remove(name);
        Plans.Parse(fewer, "p").Save(folder.File("p.json"));
        Assert.Equal(["2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres"], Plans.Load(folder.File("p.json")).Configurations.Keys);
    }

    [Fact]
    public void A_golden_file_survives_reading_and_writing_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        Plans.Load(Golden()).Save(folder.File("p.json"));
        Assert.Equal(File.ReadAllText(Golden()), File.ReadAllText(folder.File("p.json")));
    }

    [Fact]
    public void A_configuration_from_before_architectures_is_understood()
    {
        var source = NnUnetJson.ReadObject(Golden());
        var full = source["configurations"]!["3d_fullres"]!.AsObject();
        var expected = Plans.Parse(source, "p").Configurations["3d_fullres"].Architecture;
        var arguments = full["architecture"]!["arch_kwargs"]!;
        full["UNet_class_name"] = "PlainConvUNet";
        full["UNet_base_num_features"] = 32;
        full["unet_max_num_features"] = 320;
        full["n_conv_per_stage_encoder"] = arguments["n_conv_per_stage"]!.DeepClone();
        full["n_conv_per_stage_decoder"] = arguments["n_conv_per_stage_decoder"]!.DeepClone();
        full["pool_op_kernel_sizes"] = arguments["strides"]!.DeepClone();
        full["conv_kernel_sizes"] = arguments["kernel_sizes"]!.DeepClone();
        full.Remove("architecture");

        var found = Plans.Parse(source, "p").Configurations["3d_fullres"].Architecture;

        Assert.Equal(NnUnetJson.Write(expected.Source!, true), NnUnetJson.Write(found.Source!, true));
        Assert.False(full.ContainsKey("architecture"));
    }

    [Theory]
    [InlineData("transpose_forward", "[0, 0, 1]")]
    [InlineData("transpose_backward", "[1, 2, 0]")]
    [InlineData("dataset_name", "7")]
    [InlineData("plans_name", "null")]
    [InlineData("image_reader_writer", "null")]
    [InlineData("configurations", "[]")]
    [InlineData("foreground_intensity_properties_per_channel", "{\"0\": {}}")]
    [InlineData("configurations.2d.batch_size", "0")]
    [InlineData("configurations.2d.batch_size", "2.5")]
    [InlineData("configurations.2d.patch_size", "[64]")]
    [InlineData("configurations.2d.patch_size", "[64, -1]")]
    [InlineData("configurations.2d.patch_size", "[64, 1000000000]")]
    [InlineData("configurations.2d.spacing", "[1, 0]")]
    [InlineData("configurations.2d.spacing", "[1, 1, 1]")]
    [InlineData("configurations.2d.use_mask_for_norm", "[]")]
    [InlineData("configurations.2d.normalization_schemes", "[1]")]
    [InlineData("configurations.2d.resampling_fn_data", "null")]
    [InlineData("configurations.2d.resampling_fn_data_kwargs.order", "77")]
    [InlineData("configurations.2d.architecture", "null")]
    [InlineData("configurations.2d.architecture.network_class_name", "null")]
    [InlineData("configurations.2d.architecture.arch_kwargs.n_stages", "3")]
    [InlineData("configurations.2d.architecture.arch_kwargs.conv_op", "\"torch.nn.modules.conv.Conv3d\"")]
    [InlineData("configurations.2d.architecture.arch_kwargs.features_per_stage", "[]")]
    [InlineData("configurations.2d.architecture.arch_kwargs.strides", "[[1, 1]]")]
    [InlineData("configurations.2d.architecture.arch_kwargs.kernel_sizes", "[[3, 3]]")]
    [InlineData("configurations.2d.architecture.arch_kwargs.strides", "0")]
    [InlineData("configurations.2d.architecture.arch_kwargs.norm_op", "\"torch.nn.GroupNorm\"")]
    [InlineData("configurations.2d.architecture.arch_kwargs.norm_op_kwargs", "{\"groups\": 4}")]
    [InlineData("configurations.2d.architecture.arch_kwargs.nonlin", "\"os.system\"")]
    [InlineData("configurations.2d.architecture.arch_kwargs.dropout_op", "\"torch.nn.AlphaDropout\"")]
    [InlineData("configurations.2d.architecture.arch_kwargs.n_conv_per_stage", "[2]")]
    [InlineData("configurations.3d_cascade_fullres.inherits_from", "\"nothing\"")]
    [InlineData("configurations.3d_cascade_fullres.previous_stage", "3")]
    public void Each_wrong_value_names_file_and_key(string key, string value)
    {
        var source = NnUnetJson.ReadObject(Golden());
        JsonNode at = source;
        var steps = key.Split('.');
        foreach (var step in steps[..^1]) at = at[step]!;
        at[steps[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<DataException>(() => Plans.Parse(source, "/p/nnUNetPlans.json"));
        Assert.StartsWith("/p/nnUNetPlans.json: ", error.Message);
        Assert.Contains(key, error.Message);
    }

    [Fact]
    public void A_circle_of_inheritance_is_refused()
    {
        var source = NnUnetJson.ReadObject(Golden());
        source["configurations"]!["a"] = new JsonObject { ["inherits_from"] = "b" };
        source["configurations"]!["b"] = new JsonObject { ["inherits_from"] = "a" };
        Assert.Contains("a -> b", Assert.Throws<DataException>(() => Plans.Parse(source, "p")).Message);
    }
}
