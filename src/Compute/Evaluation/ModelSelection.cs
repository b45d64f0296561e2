using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Evaluation;

/// <summary>A kind of model: what its folder of results is called after.</summary>
/// <param name="Trainer">Class name.</param>
/// <param name="Plans">Name of the plans.</param>
/// <param name="Configuration">Such as <c>3d_fullres</c>.</param>
public sealed record ModelName(string Trainer, string Plans, string Configuration)
{
    /// <summary>The name of its folder, which names it among results.</summary>
    public override string ToString() => $"{Trainer}__{Plans}__{Configuration}";
}

/// <summary>A model or an ensemble of two, and how well it does in cross-validation.</summary>
/// <param name="Members">One or two.</param>
/// <param name="Folder">Its predictions of all validation cases.</param>
/// <param name="MeanDice">Over the foreground classes; NaN where a class is nowhere.</param>
public sealed record RankedModel(IReadOnlyList<ModelName> Members, string Folder, double MeanDice);

/// <summary>What find-best-configuration was asked and found.</summary>
/// <param name="Dataset">Full name.</param>
/// <param name="Folds">Numbers.</param>
/// <param name="EnsemblingAllowed">Whether pairs were tried.</param>
/// <param name="Considered">Models that took part.</param>
/// <param name="Ranked">All that were scored, single models first.</param>
/// <param name="Best">The best of them.</param>
/// <param name="Postprocessed">Its mean Dice after postprocessing.</param>
public sealed record ModelSelection(
    string Dataset, IReadOnlyList<int> Folds, bool EnsemblingAllowed, IReadOnlyList<ModelName> Considered, IReadOnlyList<RankedModel> Ranked, RankedModel Best,
    double Postprocessed)
{
    /// <summary>The models asked for, in the order in which they win where they are equal (spec 08 section 4.2).</summary>
    public static IReadOnlyList<ModelName> Candidates(IReadOnlyList<string> trainers, IReadOnlyList<string> configurations, IReadOnlyList<string> plans) =>
        [.. (from trainer in trainers from configuration in configurations from name in plans select new ModelName(trainer, name, configuration)).Distinct()];

    /// <summary>The name of an ensemble's folder: <c>ensemble___one___two___0_1_2_3_4</c>.</summary>
    public static string EnsembleName(IReadOnlyList<ModelName> members, IReadOnlyList<int> folds) =>
        $"ensemble___{string.Join("___", members)}___{string.Join('_', folds)}";

    /// <summary>The name among results.</summary>
    public string NameOf(RankedModel model) => model.Members.Count == 1 ? model.Members[0].ToString() : EnsembleName(model.Members, Folds);

    /// <summary>The first of those with the highest mean Dice. A mean that is not a number cannot win, where it would in Python stop everything.</summary>
    /// <exception cref="DataException">None has a mean Dice.</exception>
    public static RankedModel BestOf(IReadOnlyList<RankedModel> ranked, string dataset)
    {
        var comparable = ranked.Where(model => !double.IsNaN(model.MeanDice)).ToList();
        return comparable.Count > 0 ? comparable.MaxBy(model => model.MeanDice)!
            : throw new DataException(dataset, "has a class that is in no validation case, so that no model has a mean Dice", "compare the models by the summary.json of their folders");
    }

    /// <summary>postprocessing.pkl of the best.</summary>
    public string PostprocessingFile => Path.Combine(Best.Folder, "postprocessing.pkl");

    /// <summary>plans.json of the best.</summary>
    public string PlansFile => Path.Combine(Best.Folder, "plans.json");

    /// <summary>inference_information.json (spec 08 section 4.3); keys are sorted when it is written.</summary>
    public JsonObject ToJson() => new()
    {
        ["all_results"] = new JsonObject(Ranked.Select(model => KeyValuePair.Create(NameOf(model), (JsonNode?)JsonValue.Create(model.MeanDice)))),
        ["best_model_or_ensemble"] = new JsonObject
        {
            ["postprocessing_file"] = PostprocessingFile,
            ["result_on_crossval_post_pp"] = Postprocessed,
            ["result_on_crossval_pre_pp"] = Best.MeanDice,
            ["selected_model_or_models"] = new JsonArray([.. Best.Members.Select(m => (JsonNode)new JsonObject
            {
                ["configuration"] = m.Configuration, ["plans_identifier"] = m.Plans, ["trainer"] = m.Trainer,
            })]),
            ["some_plans_file"] = PlansFile,
        },
        ["considered_models"] = new JsonArray([.. Considered.Select(m => (JsonNode)new JsonObject
        {
            ["configuration"] = m.Configuration, ["plans"] = m.Plans, ["trainer"] = m.Trainer,
        })]),
        ["dataset_name_or_id"] = Dataset,
        ["ensembling_allowed"] = EnsemblingAllowed,
        ["folds"] = new JsonArray([.. Folds.Select(fold => JsonValue.Create(fold))]),
    };
}
