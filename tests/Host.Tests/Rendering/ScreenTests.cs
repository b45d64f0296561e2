using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Tests.Rendering;

public class ScreenTests
{
    private readonly StringWriter _written = new();

    [Fact]
    public void A_live_line_is_cut_to_the_width_so_that_it_stays_one_line()
    {
        var screen = new Screen(_written, isTerminal: true, () => 10);
        screen.Live("0123456789abc");

        Assert.EndsWith("012345678", _written.ToString());
    }

    [Fact]
    public void Without_a_terminal_no_live_line_is_drawn()
    {
        new Screen(_written, isTerminal: false, () => 80).Live("x");

        Assert.Empty(_written.ToString());
    }

    [Fact]
    public void What_others_write_comes_line_by_line()
    {
        var screen = new Screen(_written, isTerminal: false, () => 80);
        screen.Log.Write("half");
        screen.Line("ours");
        screen.Log.WriteLine(" a line");

        Assert.Equal(["ours", "half a line", ""], _written.ToString().Split(Environment.NewLine));
    }
}
