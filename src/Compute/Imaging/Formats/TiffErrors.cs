using BitMiracle.LibTiff.Classic;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// Keeps what LibTiff says of a file, instead of printing it. LibTiff has one handler for the process, so the last sentence is kept for each thread; a
/// file is read by one thread at a time.
/// </summary>
internal sealed class TiffErrors : TiffErrorHandler
{
    [ThreadStatic]
    private static string? _last;

    private TiffErrors()
    {
    }

    /// <summary>Installs the handler; call before LibTiff is used.</summary>
    public static void Install() => Handler.Value.ToString();

    /// <summary>The last sentence on this thread, which is forgotten.</summary>
    public static string Take()
    {
        var last = _last;
        _last = null;
        return last ?? "no further word";
    }

    /// <inheritdoc/>
    public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) => _last = Text(format, args);

    /// <inheritdoc/>
    public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
    {
    }

    /// <inheritdoc/>
    public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
    {
    }

    /// <inheritdoc/>
    public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
    {
    }

    private static readonly Lazy<TiffErrors> Handler = new(() =>
    {
        var handler = new TiffErrors();
        _ = Tiff.SetErrorHandler(handler);
        return handler;
    });

    private static string Text(string format, object[] args)
    {
        try
        {
            return string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
        }
        catch (FormatException)
        {
            return format;
        }
    }
}
