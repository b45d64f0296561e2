using System.Buffers.Binary;
using System.Text;

namespace ActorSeg.Compute.Pickling;

/// <summary>
/// Writes protocol 2 without a memo (spec 10 section 6.4). numpy is named <c>numpy.core</c>: versions 1 and 2 both read that.
/// </summary>
internal sealed class PickleWriter
{
    private const int Deepest = 256;
    private readonly MemoryStream _stream = new();
    private int _depth;

    public PickleWriter() => Bytes([0x80, 2]);

    public byte[] Finish()
    {
        Op('.');
        return _stream.ToArray();
    }

    public void Append(object? value)
    {
        if (++_depth > Deepest) throw new ArgumentException($"the value is nested deeper than {Deepest} or holds itself", nameof(value));
        switch (value)
        {
            case null: Op('N'); break;
            case bool flag: Op(flag ? '\u0088' : '\u0089'); break;
            case int number: Integer(number); break;
            case long number: Integer(number); break;
            case float number: Float(number); break;
            case double number: Float(number); break;
            case string text: Text(text); break;
            case byte[] bytes: LatinBytes(bytes); break;
            case PickleTuple tuple: Tuple(tuple.Items); break;
            case PickleDict dict: Dict(dict); break;
            case NumpyScalar scalar: Scalar(scalar); break;
            case NumpyArray array: Array(array); break;
            case TensorReference tensor: Tensor(tensor); break;
            case TorchDevice device:
                Global("torch", "device");
                Tuple(device.Index is { } index ? [device.Type, (long)index] : [device.Type]);
                Op('R');
                break;
            case PickleFunction function: Global(function.Module, function.Name); break;
            case IReadOnlyList<object?> list: List(list); break;
            default: throw new ArgumentException($"a {value.GetType().Name} cannot be pickled", nameof(value));
        }

        _depth--;
    }

    private void Integer(long value)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(word, value);
        switch (value)
        {
            case >= 0 and <= 0xFF: Op('K'); Bytes(word[..1]); break;
            case >= 0 and <= 0xFFFF: Op('M'); Bytes(word[..2]); break;
            case >= int.MinValue and <= int.MaxValue: Op('J'); Bytes(word[..4]); break;
            default: Bytes([0x8A, 8]); Bytes(word); break;
        }
    }

    private void Float(double value)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(word, value);
        Op('G');
        Bytes(word);
    }

    private void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        TextHeader(utf8.Length);
        Bytes(utf8);
    }

    private void TextHeader(long utf8Length)
    {
        if (utf8Length > int.MaxValue) throw new ArgumentException($"a text of {utf8Length} bytes is longer than a pickle of protocol 2 should hold");
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)utf8Length);
        Op('X');
        Bytes(length);
    }

    // Byte b becomes code point b: one byte of UTF-8 below 128, else two. Written in blocks so that large arrays need no text of their own.
    private void LatinBytes(byte[] bytes)
    {
        Global("_codecs", "encode");
        var high = 0L;
        foreach (var b in bytes) high += b >> 7;
        TextHeader(bytes.LongLength + high);
        Span<byte> block = stackalloc byte[2048];
        var filled = 0;
        foreach (var b in bytes)
        {
            if (b < 0x80) block[filled++] = b;
            else (block[filled], block[filled + 1], filled) = ((byte)(0xC0 | (b >> 6)), (byte)(0x80 | (b & 0x3F)), filled + 2);
            if (filled < block.Length - 1) continue;
            Bytes(block[..filled]);
            filled = 0;
        }

        Bytes(block[..filled]);
        Text("latin1");
        Op('\u0086');
        Op('R');
    }

    private void Tuple(IReadOnlyList<object?> items)
    {
        if (items.Count == 0)
        {
            Op(')');
            return;
        }

        if (items.Count > 3) Op('(');
        foreach (var item in items) Append(item);
        Op(items.Count > 3 ? 't' : (char)(0x84 + items.Count));
    }

    private void List(IReadOnlyList<object?> items)
    {
        Op(']');
        if (items.Count == 0) return;
        Op('(');
        foreach (var item in items) Append(item);
        Op('e');
    }

    private void Dict(PickleDict dict)
    {
        if (dict.IsOrdered)
        {
            Global("collections", "OrderedDict");
            Op(')');
            Op('R');
        }
        else
        {
            Op('}');
        }

        if (dict.Entries.Count == 0) return;
        Op('(');
        foreach (var (key, item) in dict.Entries)
        {
            Append(key);
            Append(item);
        }

        Op('u');
    }

    private void Dtype(string dtype)
    {
        if (dtype.Length < 3 || dtype[0] is not ('<' or '|')) throw new ArgumentException($"'{dtype}' is not a little-endian dtype such as <f4");
        Global("numpy", "dtype");
        Tuple([dtype[1..], false, true]);
        Op('R');
        Tuple([3L, dtype[..1], null, null, null, -1L, -1L, 0L]);
        Op('b');
    }

    private void Scalar(NumpyScalar scalar)
    {
        Global("numpy.core.multiarray", "scalar");
        Dtype(scalar.Dtype);
        LatinBytes(scalar.Bytes);
        Op('\u0086');
        Op('R');
    }

    private void Array(NumpyArray array)
    {
        Global("numpy.core.multiarray", "_reconstruct");
        Global("numpy", "ndarray");
        Tuple([0L]);
        LatinBytes("b"u8.ToArray());
        Op('\u0087');
        Op('R');
        Op('(');
        Append(1L);
        Longs(array.Shape);
        Dtype(array.Dtype);
        Append(false);
        LatinBytes(array.Bytes);
        Op('t');
        Op('b');
    }

    private void Tensor(TensorReference tensor)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Op('(');
        Op('(');
        Append("storage");
        Global("torch", tensor.StorageType);
        Append(tensor.Key);
        Append("cpu");
        Append(tensor.StorageElements);
        Op('t');
        Op('Q');
        Append(tensor.Offset);
        Longs(tensor.Shape);
        Longs(tensor.Strides);
        Append(false);
        Append(new PickleDict(ordered: true));
        Op('t');
        Op('R');
    }

    private void Longs(IReadOnlyList<long> values) => Tuple([.. values.Select(v => (object?)v)]);

    private void Global(string module, string name)
    {
        Op('c');
        Bytes(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    }

    private void Op(char opcode) => _stream.WriteByte((byte)opcode);

    private void Bytes(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);
}
