using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Selectors;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Selectors;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Web = new() { ["app"] = "web", ["tier"] = "front", ["weight"] = "7" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web,tier!=back", true)]
    [InlineData("app in (web, api),tier notin (back)", true)]
    [InlineData("app,!canary", true)]
    [InlineData("!app", false)]
    [InlineData("canary", false)]
    [InlineData("weight>6,weight<8", true)]
    [InlineData("weight>7", false)]
    [InlineData("app>1", false)]
    [InlineData("other!=x", true)]
    [InlineData("other notin (x)", true)]
    [InlineData("app=", false)]
    [InlineData("app in (,web)", true)]
    [InlineData("in=in", false)]
    public void Matches_as_upstream(string selector, bool expected) =>
        Assert.Equal(expected, LabelSelector.Parse(selector).Matches(Web));

    [Theory]
    [InlineData("app=web,", "found '', expected: identifier after ','")]
    [InlineData(",app", "found ',', expected: !, identifier, or 'end of string'")]
    [InlineData("app in web", "unable to parse requirement: found 'web' expected: '('")]
    [InlineData("app ! web", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("app=(web)", "unable to parse requirement: found '(', expected: identifier")]
    [InlineData("app in ()", "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")]
    [InlineData("app>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer")]
    public void Refuses_in_upstreams_words(string selector, string message) =>
        Assert.Equal(message, Assert.Throws<StatusException>(() => LabelSelector.Parse(selector)).Message);

    [Fact]
    public void Names_an_illegal_value_by_key()
    {
        var message = Assert.Throws<StatusException>(() => LabelSelector.Parse("app=-x")).Message;
        Assert.StartsWith("unable to parse requirement: values[0][app]: Invalid value: \"-x\": a valid label must be an empty string or consist of", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_selector_object_selects_nothing_and_an_empty_one_everything()
    {
        Assert.False(LabelSelector.From((JsonObject?)null).Matches(Web));
        Assert.True(LabelSelector.From(new JsonObject()).Matches(Web));
    }

    [Fact]
    public void Reads_match_labels_and_expressions()
    {
        var selector = LabelSelector.From(JsonNode.Parse("""
            {"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["front","mid"]},{"key":"x","operator":"DoesNotExist"}]}
            """)!.AsObject());
        Assert.Equal("app in (web),tier in (front,mid),!x", selector.ToString());
        Assert.True(selector.Matches(Web));
        Assert.Equal("\"Has\" is not a valid label selector operator",
            Assert.Throws<StatusException>(() => LabelSelector.From(JsonNode.Parse("""{"matchExpressions":[{"key":"a","operator":"Has"}]}""")!.AsObject())).Message);
    }

    [Fact]
    public void Printing_and_parsing_keeps_what_matches()
    {
        var word = Gen.OneOf("a", "b", "c", "in", "notin");
        var requirement = Gen.Select(word, Gen.OneOf("{0}={1}", "{0}=={1}", "{0}!={1}", "{0} in ({1},x)", "{0} notin ({1},y)", "{0}", "!{0}"), word,
            (key, shape, value) => string.Format(System.Globalization.CultureInfo.InvariantCulture, shape, key, value));
        Gen.Select(requirement.Array[1, 4], Gen.Dictionary(word, word)[0, 4]).Sample((terms, labels) =>
        {
            var selector = LabelSelector.Parse(string.Join(",", terms));
            return LabelSelector.Parse(selector.ToString()).Matches(labels) == selector.Matches(labels)
                && selector.Matches(labels) == terms.All(t => LabelSelector.Parse(t).Matches(labels));
        });
    }
}
