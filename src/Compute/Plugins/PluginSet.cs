using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Plugins;

/// <summary>What is known by name beside what is ours: preprocessors that plans name, trainers that commands and checkpoints name. Thread-safe.</summary>
public sealed class PluginSet
{
    private readonly Lazy<IReadOnlyDictionary<string, TrainerVariant>> _trainers;

    /// <param name="files">Assemblies; see <see cref="PluginAssemblies"/>.</param>
    public PluginSet(params IReadOnlyList<string> files)
    {
        var assemblies = new PluginAssemblies(files);
        Preprocessors = new PreprocessorCatalog(assemblies);
        _trainers = new(() => Own(assemblies));
    }

    /// <summary>nnU-Net's own alone.</summary>
    public static PluginSet None { get; } = new();

    /// <summary>Preprocessors.</summary>
    public PreprocessorCatalog Preprocessors { get; }

    /// <summary>A trainer by its name.</summary>
    /// <exception cref="UsageException">There is none; the nearest names are told. Or an assembly cannot be used.</exception>
    public TrainerVariant Trainer(string name) => _trainers.Value.GetValueOrDefault(name) ?? TrainerCatalog.Find(name, [.. _trainers.Value.Keys]);

    /// <summary>The network of the trainer that a checkpoint names; of all that are not known, the plans'.</summary>
    public NetworkRecipe NetworkOf(string trainer) => (_trainers.Value.GetValueOrDefault(trainer) ?? TrainerCatalog.All.GetValueOrDefault(trainer))?.Network ?? NetworkRecipe.Default;

    private static Dictionary<string, TrainerVariant> Own(PluginAssemblies assemblies)
    {
        var trainers = new Dictionary<string, TrainerVariant>(StringComparer.Ordinal);
        foreach (var type in assemblies.Of<ITrainerPlugin>())
            foreach (var trainer in PluginAssemblies.Make<ITrainerPlugin>(type).Trainers)
                if (TrainerCatalog.All.ContainsKey(trainer.Name) || !trainers.TryAdd(trainer.Name, trainer))
                    throw new UsageException($"plugin {type.Assembly.Location}: its trainer {trainer.Name} has a name that another has; give it one of its own");
        return trainers;
    }
}
