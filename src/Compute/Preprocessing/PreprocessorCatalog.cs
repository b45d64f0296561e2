using System.Reflection;
using System.Runtime.Loader;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>
/// Finds the class that plans name as their preprocessor: nnU-Net's default, or one of a user's assemblies. Assemblies are only ever those the user lists in
/// the settings, never what a model or plans file asks for. Thread-safe.
/// </summary>
/// <param name="assemblies">Paths of assemblies that hold classes derived from <see cref="DefaultPreprocessor"/>.</param>
public sealed class PreprocessorCatalog(IReadOnlyList<string> assemblies)
{
    private readonly Lazy<IReadOnlyList<Type>> _types = new(() => [.. assemblies.SelectMany(TypesOf)]);

    /// <summary>The preprocessor of that name.</summary>
    /// <param name="name">A class name, with or without namespace.</param>
    /// <exception cref="DataException">There is none, or more than one.</exception>
    /// <exception cref="UsageException">An assembly cannot be loaded, or its class has no public constructor without arguments.</exception>
    public DefaultPreprocessor Find(string name)
    {
        if (name == nameof(DefaultPreprocessor)) return new DefaultPreprocessor();
        Type[] found = [.. _types.Value.Where(type => type.Name == name || type.FullName == name)];
        if (found.Length > 1)
            throw new DataException("plans", $"name the preprocessor '{name}', which {found.Length} classes are called", "give its full name as preprocessor_name");
        if (found.Length == 0)
            throw new DataException("plans", $"name the preprocessor '{name}', which is not known",
                $"list its assembly in actorseg.preprocessing.assemblies, or plan with {nameof(DefaultPreprocessor)}");
        try
        {
            return (DefaultPreprocessor)Activator.CreateInstance(found[0])!;
        }
        catch (Exception e) when (e is MissingMethodException or TargetInvocationException)
        {
            throw new UsageException($"{found[0].Assembly.Location}: {found[0].FullName} cannot be made ({e.GetBaseException().Message}); give it a public constructor without arguments", e);
        }
    }

    private static IEnumerable<Type> TypesOf(string path)
    {
        try
        {
            var full = Path.GetFullPath(path);
            // Its own libraries are found beside it; ours are shared, so that its base class is this one.
            return [.. new Isolated(full).LoadFromAssemblyPath(full).GetExportedTypes().Where(type => type.IsSubclassOf(typeof(DefaultPreprocessor)) && !type.IsAbstract)];
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or BadImageFormatException or ReflectionTypeLoadException or TypeLoadException)
        {
            throw new UsageException($"actorseg.preprocessing.assemblies: {path} cannot be loaded ({e.Message}); give the path of a .NET assembly built against this version", e);
        }
    }

    private sealed class Isolated(string path) : AssemblyLoadContext
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName name) =>
            Default.Assemblies.Any(loaded => loaded.GetName().Name == name.Name) ? null : _resolver.ResolveAssemblyToPath(name) is { } file ? LoadFromAssemblyPath(file) : null;
    }
}
