namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Voxels that lie in several files, one after the other; only one of them is open at a time.</summary>
/// <param name="files">In order.</param>
/// <param name="bytes">Taken of each after decoding; at least 1.</param>
/// <param name="open">Opens one at its first voxel.</param>
internal sealed class PieceStream(IReadOnlyList<string> files, long bytes, Func<string, Stream> open) : DecodingStream(Null)
{
    private Stream? _piece;
    private int _index;
    private long _left;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_piece is null)
        {
            if (_index == files.Count || buffer.Length == 0) return 0;
            (_piece, _left) = (open(files[_index]), bytes);
        }

        var read = ReadPiece(_piece, buffer[..(int)Math.Min(buffer.Length, _left)], finish: false);
        _left -= read;
        if (read == 0 && buffer.Length > 0) throw new DataException(files[_index], $"ends {_left} bytes early", "it is truncated; copy or export it again");
        if (_left > 0) return read;
        ReadPiece(_piece, [], finish: true);
        ClosePiece();
        _index++;
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) ClosePiece();
        base.Dispose(disposing);
    }

    private int ReadPiece(Stream piece, Span<byte> buffer, bool finish)
    {
        try
        {
            if (finish) ImageFile.Finish(piece);
            return piece.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return ImageFile.Guard<int>(files[_index], () => throw e);
        }
    }

    private void ClosePiece()
    {
        _piece?.Dispose();
        _piece = null;
    }
}
