using ActorSeg.Compute;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Tests.Hosting;

public sealed class SettingsTests : IDisposable
{
    private const string Defaults = """
        actorseg {
          memory { limit = auto, share = 0.6 }
          train { prefetch = 4, checkpoint-interval = 5m }
          verify = on
        }
        akka { loglevel = WARNING }
        """;

    private readonly TemporaryFolder _folder = new();

    public SettingsTests()
    {
        Directory.CreateDirectory(_folder.File("config"));
        File.WriteAllText(_folder.File("config", "akka.hocon"), Defaults);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_command_line_lies_over_the_users_file_and_that_over_the_defaults()
    {
        var file = Users("actorseg.train { prefetch = 6, checkpoint-interval = 1m }");
        var settings = Load(file, "actorseg.train.prefetch=8");

        Assert.Equal(8, settings.Config.GetInt("actorseg.train.prefetch"));
        Assert.Equal(TimeSpan.FromMinutes(1), settings.Config.GetTimeSpan("actorseg.train.checkpoint-interval"));
        Assert.Equal(0.6, settings.Config.GetDouble("actorseg.memory.share"));
        Assert.Equal("WARNING", settings.Config.GetString("akka.loglevel"));
    }

    [Fact]
    public void Each_setting_says_where_it_came_from()
    {
        var file = Users("actorseg.train { prefetch = 6, checkpoint-interval = 1m }");
        var settings = Load(file, "actorseg.train.prefetch=7", "actorseg.train.prefetch=8", "actorseg.supervision.trainer.tries=9");
        var effective = settings.Effective.ToDictionary(s => s.Key);

        Assert.Equal(new Setting("actorseg.train.prefetch", "8", "--set actorseg.train.prefetch"), effective["actorseg.train.prefetch"]);
        Assert.Equal(new Setting("actorseg.train.checkpoint-interval", "1m", file), effective["actorseg.train.checkpoint-interval"]);
        Assert.Equal(new Setting("actorseg.memory.share", "0.6", "config/akka.hocon"), effective["actorseg.memory.share"]);
        Assert.Equal("9", effective["actorseg.supervision.trainer.tries"].Value);
        Assert.Equal("supervision rules", effective["actorseg.supervision.trainer.window"].Origin);
        Assert.DoesNotContain(effective.Keys, key => key.StartsWith("akka", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("actorseg.train.prefech=8", "did you mean 'actorseg.train.prefetch'?")]
    [InlineData("train.prefetch=8", "did you mean 'actorseg.train.prefetch'?")]
    [InlineData("actorseg.supervision.trianer.tries=8", "did you mean 'actorseg.supervision.trainer.tries'?")]
    [InlineData("actorseg.train=8", "there is no setting 'actorseg.train'")]
    [InlineData("x=8", "'actorseg config show' lists those there are")]
    [InlineData("actorseg.train.prefetch", "is not of the form key=value")]
    [InlineData("=3", "is not of the form key=value")]
    [InlineData("actorseg.train.prefetch=many", "actorseg.train.prefetch = many is not a whole number")]
    [InlineData("actorseg.memory.share=much", "is not a number")]
    [InlineData("actorseg.train.checkpoint-interval=soon", "is not a duration such as 30s or 5m")]
    [InlineData("actorseg.verify=perhaps", "is not on or off")]
    public void What_is_wrong_with_a_setting_is_said_with_its_key(string set, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => Load(null, set)).Message);

    [Fact]
    public void An_unknown_key_in_the_users_file_names_the_file()
    {
        var file = Users("actorseg.train.prefecth = 8");

        Assert.StartsWith(file, Assert.Throws<UsageException>(() => Load(file)).Message);
    }

    [Fact]
    public void Akkas_own_keys_are_not_ours_to_check() => Assert.Equal("DEBUG", Load(null, "akka.loglevel=DEBUG").Config.GetString("akka.loglevel"));

    [Theory]
    [InlineData("8GiB")]
    [InlineData("a = b, {c: \"d\"} # e")]
    [InlineData("C:\\data")]
    public void Any_text_can_be_a_value(string value) =>
        Assert.Equal(value, Load(null, $"actorseg.memory.limit={value}").Config.GetString("actorseg.memory.limit"));

    [Fact]
    public void A_file_that_is_not_there_or_cannot_be_parsed_is_wrong_use()
    {
        Assert.Contains("cannot be read", Assert.Throws<UsageException>(() => Load(_folder.File("none.hocon"))).Message);
        Assert.Contains("cannot be read", Assert.Throws<UsageException>(() => Load(Users("actorseg.train.prefetch = ${nowhere}"))).Message);
    }

    [Fact]
    public void The_settings_that_are_delivered_are_whole()
    {
        var settings = Settings.Load(AppContext.BaseDirectory, null, []);

        Assert.Contains(settings.Effective, s => s.Origin == "config/akka.hocon");
        _ = Actors.Shared.NodeSettings.From(settings.Config);
    }

    [Theory, InlineData(null, "off"), InlineData("", "off"), InlineData("1", "on"), InlineData("True", "on"), InlineData("f", "off")]
    public void A_variable_asks_for_gradient_checkpointing_unless_the_command_line_does(string? value, string expected)
    {
        string? Variable(string name) => name == Settings.CheckpointingVariable ? value : null;
        var settings = Settings.Load(AppContext.BaseDirectory, null, [], Variable);
        Assert.Equal(expected, settings.Effective.Single(s => s.Key == "actorseg.train.gradient-checkpointing").Value);
        Assert.Equal(expected == "on", Actors.Shared.NodeSettings.From(settings.Config).GradientCheckpointing);
        Assert.True(Actors.Shared.NodeSettings.From(Settings.Load(AppContext.BaseDirectory, null, ["actorseg.train.gradient-checkpointing=on"], Variable).Config).GradientCheckpointing);
    }

    [Fact]
    public void A_variable_that_is_neither_true_nor_false_is_refused() =>
        Assert.Contains($"{Settings.CheckpointingVariable}=maybe", Assert.Throws<UsageException>(() => Settings.Load(AppContext.BaseDirectory, null, [], _ => "maybe")).Message);

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("same", "same", 0)]
    public void Edits_are_counted(string from, string to, int edits) => Assert.Equal(edits, Nearest.Edits(from, to));

    private Settings Load(string? file, params string[] sets) => Settings.Load(_folder.Path, file, sets);

    private string Users(string text)
    {
        File.WriteAllText(_folder.File("mine.hocon"), text);
        return _folder.File("mine.hocon");
    }
}
