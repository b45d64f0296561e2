using System.Text;

namespace ActorSeg.Compute.Tests.Checkpoints.Hostile;

/// <summary>Opcodes by hand, for pickles that no pickler would write.</summary>
internal sealed class PickleBuilder
{
    private readonly MemoryStream _bytes = new();
    private int _next = int.MaxValue;

    public PickleBuilder(byte protocol = 2) => Op(0x80, protocol);

    public PickleBuilder Op(params ReadOnlySpan<byte> opcodes)
    {
        _bytes.Write(opcodes);
        return this;
    }

    public PickleBuilder Op(string opcodes) => Op(Encoding.Latin1.GetBytes(opcodes));

    public PickleBuilder Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleBuilder Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Op("X").Op(BitConverter.GetBytes(utf8.Length)).Op(utf8);
    }

    public PickleBuilder Int(int value) => Op("J").Op(BitConverter.GetBytes(value));

    /// <summary>Calls what was named with texts.</summary>
    public PickleBuilder Call(string module, string name, params string[] arguments)
    {
        Global(module, name).Op("(");
        foreach (var argument in arguments) Text(argument);
        return Op("tR");
    }

    public PickleBuilder Put(byte index) => Op((byte)'q', index);

    public PickleBuilder Get(byte index) => Op((byte)'h', index);

    public PickleBuilder Times(int times, Action<PickleBuilder> part)
    {
        for (var i = 0; i < times; i++) part(this);
        return this;
    }

    /// <summary>Numbers far from each other.</summary>
    public int Next() => _next -= 97;

    public byte[] End() => Op(".").Bytes();

    public byte[] Bytes() => _bytes.ToArray();
}
