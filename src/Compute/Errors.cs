namespace ActorSeg.Compute;

/// <summary>Who has to act on a failure; Host turns it into an exit code (CLI reference).</summary>
public enum FaultKind
{
    /// <summary>A flag or a value of the command is wrong.</summary>
    Usage,

    /// <summary>A file or a data set is not what it must be.</summary>
    Data,

    /// <summary>Memory, disk or a device is missing.</summary>
    Resource,
}

/// <summary>A failure whose message is a sentence the user can act on.</summary>
public abstract class ActorSegException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Who has to act.</summary>
    public abstract FaultKind Kind { get; }
}

/// <summary>A flag or a value of the command is wrong.</summary>
public sealed class UsageException(string message, Exception? inner = null) : ActorSegException(message, inner)
{
    /// <inheritdoc/>
    public override FaultKind Kind => FaultKind.Usage;
}

/// <summary>Memory, disk or a device is missing.</summary>
public class ResourceException(string message, Exception? inner = null) : ActorSegException(message, inner)
{
    /// <inheritdoc/>
    public override FaultKind Kind => FaultKind.Resource;
}

/// <summary>Results cannot be written: the disk is full or fails, so that no other case will fare better.</summary>
public sealed class StorageException(string message, Exception? inner = null) : ResourceException(message, inner);

/// <summary>A file or data set is not what it must be. The message names the file, what is wrong in it and what to do.</summary>
public sealed class DataException : ActorSegException
{
    /// <param name="file">The file or folder at fault.</param>
    /// <param name="problem">What is wrong, with the field and the value found: "has no key 'labels'".</param>
    /// <param name="advice">What to do, as an imperative: "add it, for example ...".</param>
    /// <param name="inner">The cause, where another exception told of it.</param>
    public DataException(string file, string problem, string advice, Exception? inner = null)
        : base($"{file}: {problem}; {advice}", inner) => File = file;

    /// <summary>The file or folder at fault.</summary>
    public string File { get; }

    /// <inheritdoc/>
    public override FaultKind Kind => FaultKind.Data;
}
