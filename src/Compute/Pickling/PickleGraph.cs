namespace ActorSeg.Compute.Pickling;

/// <summary>
/// Looks over a finished graph, without recursion: only the values of <c>PickleValues.cs</c>, no cycle, bounded depth and bounded size when shared
/// parts are counted each time (a short pickle can otherwise describe a billion nodes).
/// </summary>
internal static class PickleGraph
{
    private const int LongText = 16;

    public static void Check(object? root, PickleLimits limits)
    {
        var finished = new Dictionary<object, (int Height, long Nodes)>(ReferenceEqualityComparer.Instance);
        var open = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var path = new Stack<Frame>();
        Enter(root);
        while (path.TryPeek(out var frame))
        {
            if (frame.Next < Children(frame.Node))
            {
                Enter(Child(frame.Node, frame.Next++));
                continue;
            }

            path.Pop();
            open.Remove(frame.Node);
            var (height, nodes) = (1, 1L);
            for (var i = 0; i < Children(frame.Node); i++)
            {
                var child = Child(frame.Node, i);
                var (h, n) = child is not null && finished.TryGetValue(child, out var done) ? done : (0, Weight(child));
                (height, nodes) = (Math.Max(height, h + 1), nodes + n);
                if (nodes > limits.GraphNodes) throw new PickleFaultException($"it unfolds to more than {limits.GraphNodes} values");
            }

            finished.Add(frame.Node, (height, nodes));
        }

        void Enter(object? value)
        {
            if (value is not (PickleTuple or PickleDict or List<object?>))
            {
                CheckLeaf(value);
                return;
            }

            if (Children(value) == 0) return;

            if (open.Contains(value)) throw new PickleFaultException("a container holds itself");
            var height = finished.TryGetValue(value, out var done) ? done.Height : 1;
            if (path.Count + height > limits.GraphDepth) throw new PickleFaultException($"it is nested deeper than {limits.GraphDepth}");
            if (height > 1 || finished.ContainsKey(value)) return;
            if (finished.Count + path.Count >= limits.GraphContainers)
                throw new PickleFaultException($"it holds more than {limits.GraphContainers} lists, tuples and dicts");
            open.Add(value);
            path.Push(new Frame(value));
        }
    }

    private static void CheckLeaf(object? value)
    {
        if (value is not (null or bool or long or double or string or byte[] or NumpyScalar or NumpyArray or TensorReference or TorchDevice or PickleFunction))
        {
            var what = value is PickleGlobal global ? $"the constructor {global.Name}" : "a part of a constructor";
            throw new PickleFaultException($"it holds {what} as a value");
        }
    }

    // A long text that is shared is a burden each time it is written out.
    private static long Weight(object? leaf) => leaf switch
    {
        string text => 1 + (text.Length / LongText),
        byte[] bytes => 1 + (bytes.Length / LongText),
        NumpyArray array => 1 + (array.Bytes.Length / LongText),
        _ => 1,
    };

    private static int Children(object node) => node switch
    {
        PickleTuple tuple => tuple.Items.Count,
        PickleDict dict => 2 * dict.Entries.Count,
        _ => ((List<object?>)node).Count,
    };

    private static object? Child(object node, int index) => node switch
    {
        PickleTuple tuple => tuple.Items[index],
        PickleDict dict => index % 2 == 0 ? dict.Entries[index / 2].Key : dict.Entries[index / 2].Value,
        _ => ((List<object?>)node)[index],
    };

    private sealed class Frame(object node)
    {
        public object Node { get; } = node;

        public int Next { get; set; }
    }
}
