namespace ActorSeg.Compute.Tests.Checkpoints.Hostile;

/// <summary>Pickles made to do harm, each with a part of the sentence it is refused with.</summary>
internal static class HostilePickles
{
    public static IEnumerable<(string Name, string Says, Func<byte[]> Pickle)> All()
    {
        // what would run code
        yield return ("os.system", "'os system'", () => New().Call("os", "system", "id").End());
        yield return ("posix.system", "'posix system'", () => New().Call("posix", "system", "id").End());
        yield return ("nt.system", "'nt system'", () => New().Call("nt", "system", "id").End());
        yield return ("eval", "'builtins eval'", () => New().Call("builtins", "eval", "1").End());
        yield return ("exec of Python 2", "'__builtin__ exec'", () => New().Call("__builtin__", "exec", "1").End());
        yield return ("import", "'builtins __import__'", () => New().Call("builtins", "__import__", "os").End());
        yield return ("subprocess", "'subprocess Popen'", () => New().Call("subprocess", "Popen", "id").End());
        yield return ("runpy", "'runpy _run_code'", () => New().Call("runpy", "_run_code", "1").End());
        yield return ("web browser", "'webbrowser open'", () => New().Call("webbrowser", "open", "http://x").End());
        yield return ("pickle in pickle", "'pickle loads'", () => New().Call("pickle", "loads", "x").End());
        yield return ("torch.load in pickle", "'torch.storage _load_from_bytes'", () => New().Call("torch.storage", "_load_from_bytes", "x").End());
        yield return ("torch.hub", "'torch.hub load'", () => New().Call("torch.hub", "load", "x").End());
        yield return ("numpy.load", "'numpy load'", () => New().Call("numpy", "load", "x").End());
        yield return ("a partial", "'functools partial'", () => New().Call("functools", "partial", "x").End());
        yield return ("an attribute getter", "'operator attrgetter'", () => New().Call("operator", "attrgetter", "system").End());
        yield return ("copyreg", "'copyreg _reconstructor'", () => New().Call("copyreg", "_reconstructor", "x").End());
        yield return ("getattr on a module", "'builtins getattr'", () =>
            New().Global("builtins", "getattr").Op("(").Call("builtins", "__import__", "os").Text("system").Op("tR").End());
        yield return ("a chain of attributes", "'os path.os.system'", () => New(4).Text("os").Text("path.os.system").Op(0x93).End());
        yield return ("a chain from an allowed module", "'collections OrderedDict.fromkeys'", () => New(4).Text("collections").Text("OrderedDict.fromkeys").Op(0x93).End());
        yield return ("a class of an allowed module", "'torch ops'", () => New().Global("torch", "ops").End());
        yield return ("a name that is a number", "not among", () => New(4).Int(1).Int(2).Op(0x93).End());
        yield return ("a terminal's escapes in a name", "?[2J", () => New().Call("os\u001b[2J", "system", "id").End());
        yield return ("INST", "opcode 0x69", () => New().Op("(").Text("id").Op("ios\nsystem\n.").Bytes());
        yield return ("OBJ", "opcode 0x6F", () => New().Op("(").Global("collections", "OrderedDict").Op("o").End());
        yield return ("EXT1", "opcode 0x82", () => New().Op(0x82, 1).End());
        yield return ("NEWOBJ_EX", "opcode 0x92", () => New(4).Global("collections", "OrderedDict").Op(")}").Op(0x92).End());
        yield return ("a text that is called", "no constructor", () => New().Text("os.system").Op(")R").End());
        yield return ("a dtype that is called", "no constructor", () => New().Global("torch", "float32").Op(")R").End());
        yield return ("a class of storages that is called", "storages come from the archive", () => New().Global("torch", "FloatStorage").Op(")R").End());
        yield return ("a constructor as a value", "as a value", () => New().Op("}").Text("network_weights").Global("collections", "OrderedDict").Op("s").End());
        yield return ("a state for a list", "takes none", () => New().Op("]}").Text("__class__").Text("x").Op("sb").End());
        yield return ("a state for a plain dict", "takes none", () => New().Op("}}").Text("__class__").Text("x").Op("sb").End());
        yield return ("a persistent id of its own kind", "persistent id", () => New().Text("module").Op("Q").End());
        yield return ("a persistent id by line", "opcode 0x50", () => New().Op("P0\n").End());

        // what would take memory or time
        yield return ("a memo bomb", "memo", () => New(4).Op("N").Times(5_000_000, p => p.Op(0x94)).End());
        yield return ("a scattered memo", "memo", () => New().Op("N").Times(4_100_000, p => p.Op((byte)'r').Op(BitConverter.GetBytes(p.Next()))).End());
        yield return ("a billion laughs", "unfolds", () => New().Op("N").Times(40, p => p.Op("2").Op(0x86)).End());
        yield return ("a billion laughs in dicts", "unfolds", () =>
            New().Op("N").Put(0).Times(40, p => p.Op("0}").Put(1).Text("a").Get(0).Op("s").Text("b").Get(0).Op("s").Put(0)).End());
        yield return ("a list in itself", "holds itself", () => New().Op("]").Put(0).Get(0).Op("a").End());
        yield return ("a dict in itself", "holds itself", () => New().Op("}").Put(0).Text("network_weights").Get(0).Op("s").End());
        yield return ("a deep nest", "nested deeper", () => New().Op("N").Times(100_000, p => p.Op(0x85)).End());
        yield return ("open marks", "marks", () => New().Times(100_000, p => p.Op("(")).End());
        yield return ("a high stack", "stack", () => New().Times(2_000_000, p => p.Op("N")).End());
        yield return ("a long run", "opcodes", () => New().Times(5_500_000, p => p.Op("N0")).End());
        yield return ("a huge integer", "does not fit 64 bits", () => New().Op(0x8B).Op(BitConverter.GetBytes(4_000_000)).Op(new byte[3_999_999]).Op(1).End());
        yield return ("an integer of nine bytes", "does not fit 64 bits", () => New().Op(0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).End());
        yield return ("a negative length of an integer", "announced", () => New().Op(0x8B).Op(BitConverter.GetBytes(-1)).End());
        yield return ("a text longer than the file", "announced", () => New().Op("X").Op(BitConverter.GetBytes(int.MaxValue)).End());
        yield return ("bytes of 2^63", "announced", () => New(4).Op(0x8E).Op(BitConverter.GetBytes(1UL << 63)).End());
        yield return ("a frame of 2^62", "frame", () => New(4).Op(0x95).Op(BitConverter.GetBytes(1UL << 62)).End());
        yield return ("one text made bytes often", "more bytes", () => Latin(new string('a', 100_000), 10_000));
        yield return ("a name without end", "no line end", () => New().Op("c").Op(new string('x', 100_000)).End());

        // what is damaged
        yield return ("no end", "announced", () => New().Op("N").Bytes());
        yield return ("something behind the end", "follow", () => New().Op("N.N").Bytes());
        yield return ("protocol 1", "protocol", () => New(1).Op("N").End());
        yield return ("protocol 6", "protocol", () => New(6).Op("N").End());
        yield return ("text of protocol 0", "protocol number", () => "cos\nsystem\n(S'id'\ntR."u8.ToArray());
        yield return ("a key that is no UTF-8", "UTF-8", () => New().Op("}X").Op(BitConverter.GetBytes(2)).Op(0xC3, 0x28).Op("Ns").End());
        yield return ("a key that is a list", "key", () => New().Op("}]Ns").End());
        yield return ("a key without a value", "without a value", () => New().Op("}(").Text("a").Op("u").End());
        yield return ("a pop from nothing", "empty stack", () => New().Op("0").End());
        yield return ("an unset memo", "memo entry", () => New().Get(9).End());
    }

    private static PickleBuilder New(byte protocol = 2) => new(protocol);

    private static byte[] Latin(string text, int times) => New().Text(text).Put(0).Global("_codecs", "encode").Put(1).Text("latin1").Put(2).Op("]")
        .Times(times, p => p.Get(1).Get(0).Get(2).Op(0x86).Op("Ra")).End();
}
