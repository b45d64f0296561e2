using ActorSeg.Compute.Plugins;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>Finds the class that plans name as their preprocessor: nnU-Net's default, or one of a user's assemblies. Thread-safe.</summary>
/// <param name="assemblies">Hold classes derived from <see cref="DefaultPreprocessor"/>.</param>
public sealed class PreprocessorCatalog(PluginAssemblies assemblies)
{
    /// <summary>The preprocessor of that name.</summary>
    /// <param name="name">A class name, with or without namespace.</param>
    /// <exception cref="DataException">There is none, or more than one.</exception>
    /// <exception cref="UsageException">An assembly cannot be loaded, or its class has no public constructor without arguments.</exception>
    public DefaultPreprocessor Find(string name)
    {
        if (name == nameof(DefaultPreprocessor)) return new DefaultPreprocessor();
        Type[] found = [.. assemblies.Of<DefaultPreprocessor>().Where(type => type.Name == name || type.FullName == name)];
        return found switch
        {
            [var type] => PluginAssemblies.Make<DefaultPreprocessor>(type),
            [] => throw new DataException(
                "plans", $"name the preprocessor '{name}', which is not known", $"give its assembly with --plugin or in actorseg.plugins, or plan with {nameof(DefaultPreprocessor)}"),
            _ => throw new DataException("plans", $"name the preprocessor '{name}', which {found.Length} classes are called", "give its full name as preprocessor_name"),
        };
    }
}
