using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Host.Rendering;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Rendering;

public class ReportTests
{
    [Fact]
    public void Results_of_several_jobs_make_one_object()
    {
        var report = Reports.Of([new FingerprintResult("/f", 3, true), new PlanResult("/p", "nnUNetPlans", ["2d"]), new PreprocessResult(["/c"], 3, 0, [])]);

        Assert.Equal(
            """{"fingerprints":[{"file":"/f","cases":3,"already_there":true}],"plans":[{"file":"/p","plans_name":"nnUNetPlans","configurations":["2d"]}],"""
            + "\"folders\":[\"/c\"],\"done\":3,\"kept\":0,\"quarantined\":[]}",
            Written(report, json: true).TrimEnd());
        Assert.Equal("fingerprint (was there): /f\nplans for 2d: /p\n3 cases preprocessed: /c\n", Written(report));
    }

    [Fact]
    public void The_result_of_one_data_set_is_the_object_itself_and_those_of_two_are_a_list()
    {
        var (one, other) = (new FingerprintResult("/f", 3, false), new FingerprintResult("/g", 5, true));

        Assert.Equal("""{"file":"/f","cases":3,"already_there":false}""", Written(Reports.Of([one]), json: true).TrimEnd());
        Assert.Equal(
            """{"fingerprints":[{"file":"/f","cases":3,"already_there":false},{"file":"/g","cases":5,"already_there":true}]}""",
            Written(Reports.Of([one, other]), json: true).TrimEnd());
        Assert.Equal(
            """{"file":"/p","plans_name":"nnUNetPlans","configurations":["2d","3d_fullres"]}""",
            Written(Reports.Of([new PlanResult("/p", "nnUNetPlans", ["2d", "3d_fullres"])]), json: true).TrimEnd());
    }

    [Fact]
    public void An_undefined_dice_is_a_dash_and_null()
    {
        var report = Reports.Of([new EvaluateResult("/s", 1, new Dictionary<string, double> { ["a [b]"] = double.NaN }, double.NaN)]);

        Assert.Equal("1 cases scored: /s\nclass  Dice\na [b]     -\nmean      -\n", Written(report));
        Assert.Contains("\"dice\":{\"a [b]\":null},\"mean_dice\":null", Written(report, json: true));
    }

    [Fact]
    public void On_a_terminal_tables_have_borders_and_names_keep_their_brackets()
    {
        var report = Reports.Of([new EvaluateResult("/s", 1, new Dictionary<string, double> { ["a [b]"] = 0.5 }, 0.5)]);

        var written = Written(report, terminal: true);
        Assert.Contains("a [b]", written);
        Assert.Contains("0.5000", written);
        Assert.DoesNotContain("class  Dice", written);
    }

    [Fact]
    public void Supervision_is_told_as_a_tree()
    {
        var report = SupervisionReport.Of(
        [
            new SupervisionRule("/user/node/a", "A", "any exception", 0, TimeSpan.Zero, TimeSpan.Zero, "the node stops"),
            new SupervisionRule("/user/node/run/b", "B", "a write fails", 3, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1), "the run fails"),
            new SupervisionRule("/user/node/run/b/c", "C", "it dies", 1, TimeSpan.Zero, TimeSpan.Zero, "b fails"),
        ], ["a", "b", "c"]);

        Assert.Equal(
            """
            /user
              /node
                /a  (A)
                    any exception: not tried again; the node stops
                /run
                  /b  (B)
                      a write fails: 3 tries in 10m, after 1s and then twice as long each time; the run fails
                    /c  (C)
                        it dies: 1 try; b fails

            """.Replace(Environment.NewLine, "\n", StringComparison.Ordinal), Written(report));
        Assert.Contains(
            """{"name":"b","path":"/user/node/run/b","actor":"B","failure":"a write fails","tries":3,"window":"10m","backoff":"1s","then":"the run fails"}""",
            Written(report, json: true));
    }

    [Fact]
    public async Task The_supervision_in_force_shows_what_was_set()
    {
        using var line = new CommandLine();

        Assert.Equal(0, await line.Run("describe", "supervision", "--json", "--set", "actorseg.supervision.trainer.tries=7"));
        var trainer = JsonNode.Parse(line.Out)!["supervision"]!.AsArray().Single(rule => rule!["name"]!.GetValue<string>() == "trainer")!;
        Assert.Equal((7, "Trainer"), (trainer["tries"]!.GetValue<int>(), trainer["actor"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Config_show_prints_settings_and_their_origins()
    {
        using var line = new CommandLine("actorseg { train { prefetch = 4 } }");

        Assert.Equal(0, await line.Run("config", "show", "--origin"));
        Assert.Matches(@"actorseg\.train\.prefetch +4 +config/akka\.hocon", line.Out);
    }

    private static string Written(Report report, bool json = false, bool terminal = false)
    {
        var writer = new StringWriter();
        ReportWriter.Write(report, writer, json, terminal);
        return writer.ToString().Replace(Environment.NewLine, "\n", StringComparison.Ordinal);
    }
}
