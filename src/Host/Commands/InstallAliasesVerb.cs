using System.CommandLine;
using System.Text.Json.Nodes;
using ActorSeg.Compute;
using ActorSeg.Compute.Files;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>install-aliases DIR</c>: nnU-Net's command names as small launchers of this program.</summary>
internal sealed class InstallAliasesVerb : Command
{
    // Spec 09 section 2.
    private static readonly string[] Names =
    [
        "nnUNetv2_plan_and_preprocess", "nnUNetv2_extract_fingerprint", "nnUNetv2_plan_experiment", "nnUNetv2_preprocess", "nnUNetv2_train", "nnUNetv2_train_pretrained",
        "nnUNetv2_predict", "nnUNetv2_predict_from_modelfolder", "nnUNetv2_ensemble", "nnUNetv2_find_best_configuration", "nnUNetv2_accumulate_crossval_results",
        "nnUNetv2_determine_postprocessing", "nnUNetv2_apply_postprocessing", "nnUNetv2_evaluate_folder", "nnUNetv2_evaluate_simple", "nnUNetv2_plot_overlay_pngs",
        "nnUNetv2_export_model_to_zip", "nnUNetv2_install_pretrained_model_from_zip", "nnUNetv2_download_pretrained_model_by_url", "nnUNetv2_move_plans_between_datasets",
        "nnUNetv2_convert_old_nnUNet_dataset", "nnUNetv2_convert_MSD_dataset", "nnUNetv2_preprocess_like_nnssl", "nnUNetv2_plan_like_dynamic",
    ];

    private const string Mark = "# a launcher of ActorSeg";

    private readonly Argument<string> _folder = new("dir") { Description = "a folder on the PATH; made when missing" };

    public InstallAliasesVerb(HostServices host, SharedFlags flags)
        : base("install-aliases", "Write nnU-Net's command names as launchers of this program into a folder.")
    {
        Add(_folder);
        SetAction(given =>
        {
            var folder = Path.GetFullPath(given.GetRequiredValue(_folder));
            var files = Install(folder, host.Launcher);
            var json = new JsonObject { ["folder"] = folder, ["files"] = JsonValues.Texts(files) };
            ReportWriter.Write(new Report(json, [new ReportLine($"{files.Count} launchers: {folder}")], []), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }

    private static IReadOnlyList<string> Install(string folder, IReadOnlyList<string> launcher)
    {
        Directory.CreateDirectory(folder);
        var files = Names.Select(name => Path.Combine(folder, name)).ToList();
        // Another program of that name, such as nnU-Net's own, is not replaced.
        if (files.FirstOrDefault(file => File.Exists(file) && !File.ReadLines(file).Take(2).Contains(Mark)) is { } foreign)
            throw new DataException(foreign, "is there and is no launcher of ActorSeg", "give another folder, or remove it first");
        foreach (var file in files)
        {
            var command = string.Join(' ', launcher.Append(Path.GetFileName(file)).Select(Quoted));
            DurableFile.WriteText(file, $"#!/bin/sh\n{Mark}\nexec {command} \"$@\"\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        return files;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
