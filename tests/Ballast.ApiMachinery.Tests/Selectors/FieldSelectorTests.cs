using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Selectors;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Selectors;

public sealed class FieldSelectorTests
{
    [Fact]
    public void Reads_the_three_operators_and_escapes()
    {
        var selector = FieldSelector.Parse(@"metadata.name=a\,b,spec.nodeName!=n1,status.phase==Running");
        Assert.Equal(@"metadata.name=a\,b,spec.nodeName!=n1,status.phase=Running", selector.ToString());
        Assert.Equal("a,b", selector.RequiredValue("metadata.name"));
        Assert.Null(selector.RequiredValue("spec.nodeName"));
        Assert.True(selector.Matches(f => f switch { "metadata.name" => "a,b", "status.phase" => "Running", _ => "" }));
        Assert.False(selector.Matches(f => f switch { "metadata.name" => "a,b", "status.phase" => "Running", _ => "n1" }));
    }

    [Theory]
    [InlineData("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'")]
    [InlineData(@"a=b\c", @"invalid field selector: invalid escape sequence: \c")]
    [InlineData("a=b=c", "invalid field selector: unescaped character in value: =")]
    public void Refuses_in_upstreams_words(string selector, string message) =>
        Assert.Equal(message, Assert.Throws<StatusException>(() => FieldSelector.Parse(selector)).Message);

    [Fact]
    public void Any_value_survives_printing_and_parsing() =>
        Gen.OneOf('a', ',', '=', '\\', '!').Array[0, 12].Select(c => new string(c)).Sample(value =>
            FieldSelector.Parse(FieldSelector.OneTerm("f", value).ToString()).RequiredValue("f") == value);
}
