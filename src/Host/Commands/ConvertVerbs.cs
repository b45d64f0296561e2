using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>convert-msd-dataset</c>: a Decathlon task as a raw data set.</summary>
internal sealed class ConvertMsdVerb : JobVerb
{
    private readonly Option<string> _input = new("-i") { HelpName = "DIR", Description = "the task's folder, TaskXX_Name", Required = true };
    private readonly Option<int?> _id = new("-overwrite_id") { HelpName = "ID", Description = "number of the data set (default: the task's)" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "files");

    public ConvertMsdVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "convert-msd-dataset", "Make a raw data set of a task of the Medical Segmentation Decathlon.")
    {
        foreach (var option in new Option[] { _input, _id, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        _ = paths.RawFolder(""); // its absence is told of at once
        var input = Path.GetFullPath(given.GetRequiredValue(_input).TrimEnd('/', '\\'));
        var id = given.GetValue(_id);
        if (id < 0) throw new UsageException($"-overwrite_id {id} is not allowed; give 0 or more");
        return new JobRequest($"convert-msd-dataset {input}", [new ConvertMsdJob(paths, input, id, PlanningFlags.WorkersFrom(given, _workers))])
        {
            Report = (results, _) => ConversionReport.Of(results),
        };
    }
}

/// <summary><c>convert-old-nnunet-dataset</c>: a data set of nnU-Net v1 as a raw data set.</summary>
internal sealed class ConvertOldDatasetVerb : JobVerb
{
    private readonly Argument<string> _input = new("input_folder") { Description = "the old data set's folder" };
    private readonly Argument<string> _name = new("output_dataset_name") { Description = "the new name, DatasetXXX_Name" };

    public ConvertOldDatasetVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "convert-old-nnunet-dataset", "Make a raw data set of one of nnU-Net v1.")
    {
        Add(_input);
        Add(_name);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        _ = paths.RawFolder(""); // its absence is told of at once
        var (input, name) = (Path.GetFullPath(given.GetRequiredValue(_input)), given.GetRequiredValue(_name));
        _ = DatasetNames.IdOf(name);
        return new JobRequest($"convert-old-nnunet-dataset {input} as {name}", [new ConvertOldDatasetJob(paths, input, name)])
        {
            Report = (results, _) => ConversionReport.Of(results),
        };
    }
}
