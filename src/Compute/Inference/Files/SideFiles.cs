using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Inference.Files;

/// <summary>The three JSON files nnU-Net writes beside predictions (spec 07 section 2.4).</summary>
/// <param name="Input">Folder or list, as given.</param>
/// <param name="Output">Folder or list, as given.</param>
/// <param name="Overwrite">Whether cases that are there are predicted again.</param>
/// <param name="Probabilities">Whether they are written.</param>
/// <param name="PreviousStage">Folder of the stage before; null for none.</param>
/// <param name="Part">Which part of the cases, from 0.</param>
/// <param name="Parts">Of how many.</param>
/// <param name="Loaders">Cases read at once.</param>
/// <param name="Exporters">Cases written at once.</param>
public sealed record SideFiles(string Input, string Output, bool Overwrite, bool Probabilities, string? PreviousStage, int Part, int Parts, int Loaders, int Exporters)
{
    /// <summary>Writes them, over what is there: every part of a prediction writes the same but for its own numbers.</summary>
    public void Write(string folder, TrainedModel model)
    {
        DurableFile.WriteText(Path.Combine(folder, "dataset.json"), NnUnetJson.Write(model.Dataset.Source, sortKeys: false));
        DurableFile.WriteText(Path.Combine(folder, "plans.json"), NnUnetJson.Write(model.Plans.Source, sortKeys: false));
        var arguments = new JsonObject
        {
            ["folder_with_segs_from_prev_stage"] = PreviousStage,
            ["list_of_lists_or_source_folder"] = Input,
            ["num_parts"] = Parts,
            ["num_processes_preprocessing"] = Loaders,
            ["num_processes_segmentation_export"] = Exporters,
            ["output_folder_or_list_of_truncated_output_files"] = Output,
            ["overwrite"] = Overwrite,
            ["part_id"] = Part,
            ["save_probabilities"] = Probabilities,
        };
        DurableFile.WriteText(Path.Combine(folder, "predict_from_raw_data_args.json"), NnUnetJson.Write(arguments, sortKeys: true));
    }
}
