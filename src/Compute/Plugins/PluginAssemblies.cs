using System.Reflection;
using System.Runtime.Loader;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Plugins;

/// <summary>
/// A user's own assemblies: those named in the settings or by <c>--plugin</c>, never what a model or plans file asks for. Loaded when first needed, each with its own
/// libraries beside it; ours are shared. Thread-safe.
/// </summary>
/// <param name="files">Paths.</param>
public sealed class PluginAssemblies(IReadOnlyList<string> files)
{
    private readonly Lazy<IReadOnlyList<Type>> _types = new(() => [.. files.SelectMany(TypesOf)]);

    /// <summary>The classes that can be made and are a <typeparamref name="T"/>.</summary>
    /// <exception cref="UsageException">An assembly cannot be loaded, or holds nothing that is looked for in plugins.</exception>
    public IEnumerable<Type> Of<T>() => _types.Value.Where(type => type.IsAssignableTo(typeof(T)));

    /// <summary>Makes one.</summary>
    /// <exception cref="UsageException">It has no public constructor without arguments, or that throws.</exception>
    public static T Make<T>(Type type)
    {
        try
        {
            return (T)Activator.CreateInstance(type)!;
        }
        catch (Exception e) when (e is MissingMethodException or TargetInvocationException)
        {
            throw new UsageException($"{type.Assembly.Location}: {type.FullName} cannot be made ({e.GetBaseException().Message}); give it a public constructor without arguments", e);
        }
    }

    private static IEnumerable<Type> TypesOf(string path)
    {
        try
        {
            var full = Path.GetFullPath(path);
            Type[] types = [.. new Isolated(full).LoadFromAssemblyPath(full).GetExportedTypes().Where(IsPlugin)];
            return types.Length > 0 ? types
                : throw new UsageException($"plugin {path}: it has no public class that derives from {nameof(DefaultPreprocessor)} or implements {nameof(ITrainerPlugin)}; see docs/plugins.md");
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or BadImageFormatException or ReflectionTypeLoadException or TypeLoadException)
        {
            throw new UsageException($"plugin {path} cannot be loaded ({e.Message}); give the path of a .NET assembly built against this version", e);
        }
    }

    private static bool IsPlugin(Type type) => !type.IsAbstract && (type.IsSubclassOf(typeof(DefaultPreprocessor)) || type.IsAssignableTo(typeof(ITrainerPlugin)));

    private sealed class Isolated(string path) : AssemblyLoadContext
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        // Ours and what we use are the process's own, so that its base classes are these.
        protected override Assembly? Load(AssemblyName name) =>
            Default.Assemblies.Any(loaded => loaded.GetName().Name == name.Name) ? null : _resolver.ResolveAssemblyToPath(name) is { } file ? LoadFromAssemblyPath(file) : null;
    }
}
