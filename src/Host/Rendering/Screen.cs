using System.Text;

namespace ActorSeg.Host.Rendering;

/// <summary>
/// The standard error: lines that stay, and on a terminal one live line below them that is drawn over. Safe from any thread; whole lines only,
/// so that log lines of libraries and ours do not run into each other.
/// </summary>
internal sealed class Screen
{
    private const string EraseLine = "\r\u001b[K";
    private readonly Lock _lock = new();
    private readonly TextWriter _writer;
    private readonly Func<int> _width;
    private string _live = "";

    /// <param name="writer">The standard error.</param>
    /// <param name="isTerminal">Whether it is a terminal.</param>
    /// <param name="width">Of the terminal, in characters.</param>
    public Screen(TextWriter writer, bool isTerminal, Func<int> width)
    {
        (_writer, IsTerminal, _width) = (writer, isTerminal, width);
        Log = new LineWriter(this);
    }

    /// <summary>Whether a live line is possible.</summary>
    public bool IsTerminal { get; }

    /// <summary>For whoever writes text by itself: it appears line by line.</summary>
    public TextWriter Log { get; }

    /// <summary>Writes a line that stays.</summary>
    public void Line(string text)
    {
        lock (_lock)
        {
            _writer.Write(_live.Length > 0 ? EraseLine + text + Environment.NewLine + _live : text + Environment.NewLine);
            _writer.Flush();
        }
    }

    /// <summary>Draws the live line anew; empty takes it away. Without a terminal nothing happens.</summary>
    public void Live(string text)
    {
        if (!IsTerminal) return;
        lock (_lock)
        {
            var cut = text.Length < _width() ? text : text[..(_width() - 1)];
            if (cut == _live) return;
            _writer.Write(EraseLine + cut);
            _writer.Flush();
            _live = cut;
        }
    }

    private sealed class LineWriter(Screen screen) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            string? whole = null;
            lock (_line)
            {
                if (value == '\n') (whole, _) = (_line.ToString().TrimEnd('\r'), _line.Clear());
                else _line.Append(value);
            }

            if (whole is not null) screen.Line(whole);
        }
    }
}
