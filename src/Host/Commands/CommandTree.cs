using System.CommandLine;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary>Every verb there is.</summary>
internal static class CommandTree
{
    /// <summary>The whole command line.</summary>
    public static RootCommand Create(HostServices host)
    {
        var flags = new SharedFlags();
        var root = new RootCommand("""
            ActorSeg: nnU-Net's method for medical image segmentation, as supervised actors.
            nnU-Net's own command names are verbs too. Exit codes and JSON keys: docs/cli.md.
            """)
        {
            new ConvertMsdVerb(host, flags),
            new ConvertOldDatasetVerb(host, flags),
            new ConvertBidsVerb(host, flags),
            new GenerateDatasetJsonVerb(host, flags),
            new ConvertImageVerb(host, flags),
            new VerifyDatasetVerb(host, flags),
            new ExtractFingerprintVerb(host, flags),
            new PlanExperimentVerb(host, flags),
            new MovePlansVerb(host, flags),
            new PreprocessVerb(host, flags),
            new PlanAndPreprocessVerb(host, flags),
            new TrainVerb(host, flags),
            new RunVerb(host, flags),
            new StatusVerb(host, flags),
            new PredictVerb(host, flags),
            new PredictFromModelFolderVerb(host, flags),
            new EnsembleVerb(host, flags),
            new EvaluateFolderVerb(host, flags),
            new EvaluateSimpleVerb(host, flags),
            new AccumulateCrossvalResultsVerb(host, flags),
            new FindBestConfigurationVerb(host, flags),
            new DeterminePostprocessingVerb(host, flags),
            new ApplyPostprocessingVerb(host, flags),
            new PlotOverlayPngsVerb(host, flags),
            new QcVerb(host, flags),
            new ExportModelToZipVerb(host, flags),
            new InstallPretrainedModelFromZipVerb(host, flags),
            new DownloadPretrainedModelByUrlVerb(host, flags),
            new InstallAliasesVerb(host, flags),
            new DemoVerb(host, flags),
            new DescribeVerb(host, flags),
            new ConfigVerb(host, flags),
        };
        foreach (var verb in ControlVerb.All(host, flags)) root.Add(verb);
        foreach (var flag in flags.All) root.Add(flag);
        return root;
    }
}
