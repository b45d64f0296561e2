using System.Text;

namespace ActorSeg.Compute.Evaluation;

/// <summary>The commands with which the best model predicts new images (spec 08 section 4.4); of a cascade, its first stage comes first.</summary>
public static class InferenceInstructions
{
    private const string Input = "INPUT_FOLDER", Output = "OUTPUT_FOLDER";

    /// <summary>The text of inference_instructions.txt.</summary>
    /// <param name="selection">What was found.</param>
    /// <param name="previousStage">The configuration whose predictions a cascade's second stage needs; null for all others.</param>
    public static string Of(ModelSelection selection, Func<ModelName, string?> previousStage)
    {
        var (text, members) = (new StringBuilder(), selection.Best.Members);
        var ensemble = members.Count > 1;
        Line("***Predict new images with the best model:***");
        Line("");
        if (ensemble)
        {
            Line($"The best is an ensemble of {members.Count} models. Each of them predicts with its probabilities:");
            Line("");
        }

        // One first stage serves both members that build on it.
        var stages = members.Select(m => previousStage(m) is { } stage ? m with { Configuration = stage } : null).ToList();
        var distinct = stages.OfType<ModelName>().Distinct().ToList();
        string StageFolder(ModelName stage) => distinct.Count == 1 ? $"{Output}_PREV_STAGE" : $"{Output}_PREV_STAGE_{distinct.IndexOf(stage) + 1}";
        foreach (var stage in distinct) Line(Predict(stage, StageFolder(stage), ""));
        for (var i = 0; i < members.Count; i++)
            Line(Predict(
                members[i], ensemble ? $"{Output}_MODEL_{i + 1}" : Output,
                (stages[i] is { } stage ? $" -prev_stage_predictions {StageFolder(stage)}" : "") + (ensemble ? " --save_probabilities" : "")));
        if (ensemble)
        {
            Line("");
            Line("Their probabilities are averaged:");
            Line("");
            Line($"actorseg ensemble -i {string.Join(' ', members.Select((_, i) => $"{Output}_MODEL_{i + 1}"))} -o {Output}");
        }

        Line("");
        Line("***Then postprocess the predictions:***");
        Line("");
        Line($"actorseg apply-postprocessing -i {Output} -o {Output}_PP -pp_pkl_file {Quoted(selection.PostprocessingFile)} -plans_json {Quoted(selection.PlansFile)}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');

        string Predict(ModelName model, string output, string more) =>
            $"actorseg predict -d {selection.Dataset} -i {Input} -o {output} -f {string.Join(' ', selection.Folds)} "
            + $"-tr {model.Trainer} -c {model.Configuration} -p {model.Plans}{more}";
    }

    // As a shell takes it.
    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+=:@%,".Contains(c, StringComparison.Ordinal)) ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
