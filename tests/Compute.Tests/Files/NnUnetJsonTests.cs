using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Files;

public class NnUnetJsonTests
{
    [Theory]
    [InlineData(1.0, "1.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(1.25e-7, "1.25e-07")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012345, "0.00012345")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(123456789012345680.0, "1.2345678901234568e+17")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(-36.5, "-36.5")]
    [InlineData(100, "100.0")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Floats_are_written_as_Python_writes_them(double value, string expected) => Assert.Equal(expected, NnUnetJson.Float(value));

    [Fact]
    public void A_document_is_laid_out_as_Python_does_with_indent_four()
    {
        var node = new JsonObject
        {
            ["b"] = new JsonArray(1, 2.0, new JsonArray(), new JsonObject()),
            ["a"] = new JsonObject { ["leber \u00e4\u20ac\U0001F600"] = null, ["q\"\\\n\u0001\u007f/"] = true },
        };
        const string expected = "{\n    \"b\": [\n        1,\n        2.0,\n        [],\n        {}\n    ],\n    \"a\": {\n"
            + "        \"leber \\u00e4\\u20ac\\ud83d\\ude00\": null,\n        \"q\\\"\\\\\\n\\u0001\u007f/\": true\n    }\n}";
        Assert.Equal(expected, NnUnetJson.Write(node, sortKeys: false));
    }

    [Fact]
    public void Keys_are_sorted_by_code_point_at_all_levels_when_asked()
    {
        var node = JsonNode.Parse("""{"b": {"\uffff": 1, "\ud83d\ude00": 2, "Z": 3}, "10": 1, "2": 1}""")!;
        var keys = NnUnetJson.Write(node, sortKeys: true).Split('\n').Where(l => l.Contains(':')).Select(l => l.Trim().Split(':')[0]);
        Assert.Equal(["\"10\"", "\"2\"", "\"b\"", "\"Z\"", "\"\\uffff\"", "\"\\ud83d\\ude00\""], keys);
    }

    [Fact]
    public void Not_a_number_tokens_are_read_and_strings_that_look_like_them_stay()
    {
        var node = NnUnetJson.Parse("""{"a": [NaN, -Infinity, Infinity, -1], "NaN": "Infinity \" NaN"}""", "x.json");
        Assert.True(double.IsNaN(node["a"]![0]!.GetValue<double>()));
        Assert.Equal(double.NegativeInfinity, node["a"]![1]!.GetValue<double>());
        Assert.Equal(double.PositiveInfinity, node["a"]![2]!.GetValue<double>());
        Assert.Equal(-1, node["a"]![3]!.GetValue<int>());
        Assert.Equal("Infinity \" NaN", node["NaN"]!.GetValue<string>());
        Assert.Equal("{\n    \"a\": [\n        NaN,\n        -Infinity,\n        Infinity,\n        -1\n    ],\n    \"NaN\": \"Infinity \\\" NaN\"\n}",
            NnUnetJson.Write(node, false));
    }

    [Theory]
    [InlineData("{\"a\": ")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"a\": Nan}")]
    public void What_is_not_JSON_is_one_clear_error(string text)
    {
        var error = Assert.Throws<DataException>(() => NnUnetJson.Parse(text, "some.json"));
        Assert.StartsWith("some.json: ", error.Message);
    }

    [Fact]
    public void A_missing_file_is_one_clear_error()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DataException>(() => NnUnetJson.Read(folder.File("plans.json")));
        Assert.Contains("plans.json", error.Message);
    }

    [SharedTheory("golden/a_dataset904")]
    [InlineData("dataset_fingerprint.json", true)]
    [InlineData("nnUNetPlans.json", false)]
    [InlineData("splits_final.json", true)]
    public void nnUNets_own_files_survive_byte_for_byte(string name, bool sorted)
    {
        var path = TestPaths.SharedPath("golden", "a_dataset904", name);
        Assert.Equal(File.ReadAllText(path), NnUnetJson.Write(NnUnetJson.Read(path), sorted));
    }
}
