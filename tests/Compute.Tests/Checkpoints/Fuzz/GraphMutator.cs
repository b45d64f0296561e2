using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints.Fuzz;

/// <summary>
/// Damages what a pickle says instead of its bytes: values of another kind or size, entries gone, doubled, renamed or exchanged, tensors that refer
/// elsewhere. Such pickles pass the machine and reach the code behind it.
/// </summary>
internal sealed class GraphMutator(object? root, int seed)
{
    private static readonly long[] Extreme = [0, 1, -1, 2, 3, 7, 255, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, 1L << 62, long.MaxValue, long.MinValue];

    private static readonly string[] Types =
        ["FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage", "ShortStorage", "CharStorage", "ByteStorage", "BoolStorage"];

    private readonly Random _random = new(seed);
    private readonly List<object?> _nodes = [.. Nodes(root)];
    private HashSet<int> _targets = [];
    private int _at;

    /// <summary>The pickle of a damaged copy.</summary>
    public byte[] Mutate()
    {
        _targets = [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => _random.Next(_nodes.Count))];
        _at = 0;
        return Pickle.Write(Copy(root));
    }

    private static IEnumerable<object?> Nodes(object? node) => node switch
    {
        PickleDict dict => dict.Entries.SelectMany(e => Nodes(e.Value)).Prepend(dict),
        PickleTuple tuple => tuple.Items.SelectMany(Nodes).Prepend(tuple),
        List<object?> list => list.SelectMany(Nodes).Prepend(list),
        _ => [node],
    };

    private object? Copy(object? node)
    {
        var isTarget = _targets.Contains(_at++);
        object? copy = node switch
        {
            PickleDict dict => CopyDict(dict),
            PickleTuple tuple => new PickleTuple([.. tuple.Items.Select(Copy)]),
            List<object?> list => list.Select(Copy).ToList(),
            _ => node,
        };
        return isTarget ? Damage(copy) : copy;
    }

    private PickleDict CopyDict(PickleDict dict)
    {
        var copy = new PickleDict(dict.IsOrdered);
        foreach (var (key, value) in dict.Entries) copy.Add(key, Copy(value));
        return copy;
    }

    private object? Damage(object? value)
    {
        if (_random.Next(3) > 0)
        {
            switch (value)
            {
                case PickleDict { Entries.Count: > 0 } dict: return DamageDict(dict);
                case List<object?> { Count: > 0 } list: return DamageList(list);
                case PickleTuple { Items.Count: > 0 } tuple: return new PickleTuple(DamageList([.. tuple.Items]));
                case TensorReference tensor: return DamageTensor(tensor);
                case long: return Pick(Extreme);
                case NumpyScalar: return Number();
            }
        }

        return _random.Next(14) switch
        {
            0 => null,
            1 => _random.Next(2) == 0,
            2 => Pick(Extreme),
            3 => Pick(double.NaN, double.PositiveInfinity, -0.0, 1e308, 1e-320),
            4 => Pick("", "all", "0", "-1", "cpu", "\u001b[2J", "\0", new string('x', 10_000), "99999999999999999999"),
            5 => new PickleDict(),
            6 => new List<object?>(),
            7 => PickleTuple.Empty,
            8 => new byte[_random.Next(20)],
            9 => Number(),
            10 => new NumpyArray("<i4", [_random.Next(3)], new byte[8]),
            11 => new TorchDevice("cuda", 3),
            12 => Enumerable.Range(0, _random.Next(200)).Aggregate((object?)null, (inner, _) => new List<object?> { inner }),
            _ => Pick<object?>([.. _nodes]),
        };
    }

    private PickleDict DamageDict(PickleDict dict)
    {
        var (entries, at) = (dict.Entries, _random.Next(dict.Entries.Count));
        var other = _random.Next(entries.Count);
        switch (_random.Next(5))
        {
            case 0: entries.RemoveAt(at); break;
            case 1: entries.Insert(other, entries[at]); break;
            case 2: entries[at] = new(entries[other].Key, entries[at].Value); break;
            case 3: entries[at] = new(entries[at].Key, entries[other].Value); break;
            default: entries[at] = new(Pick<object>("", 3L, -1L, 1.5, true, PickleTuple.Empty, "x.norm.num_batches_tracked", new string('k', 600)), entries[at].Value); break;
        }

        return dict;
    }

    private List<object?> DamageList(List<object?> list)
    {
        var at = _random.Next(list.Count);
        switch (_random.Next(3))
        {
            case 0: list.RemoveAt(at); break;
            case 1: list.InsertRange(at, Enumerable.Repeat(list[at], 1 + _random.Next(500))); break;
            default: list[at] = Damage(list[at]); break;
        }

        return list;
    }

    private TensorReference DamageTensor(TensorReference tensor)
    {
        var others = _nodes.OfType<TensorReference>().ToArray();
        var shape = tensor.Shape.ToArray();
        if (shape.Length > 0) shape[_random.Next(shape.Length)] = Math.Max(0, Pick(Extreme));
        return _random.Next(7) switch
        {
            0 => tensor with { Key = Pick(others).Key },
            1 => tensor with { StorageType = Pick(Types) },
            2 => tensor with { StorageElements = Math.Max(0, Pick(Extreme)) },
            3 => tensor with { Offset = Pick(Extreme) },
            4 => tensor with { Shape = shape },
            5 => tensor with { Strides = [.. tensor.Strides.Reverse()] },
            _ => Pick(others),
        };
    }

    private NumpyScalar Number()
    {
        var dtype = Pick("<f2", "<f4", "<f8", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "|i1", "|u1", "|b1");
        var bytes = new byte[dtype[2] - '0'];
        _random.NextBytes(bytes);
        return new NumpyScalar(dtype, bytes);
    }

    private T Pick<T>(params ReadOnlySpan<T> values) => values[_random.Next(values.Length)];
}
