using System.Text;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Tests.Objects;

public sealed class JsonSyntaxTests
{
    [Theory]
    [InlineData("garbage", "invalid character 'g' looking for beginning of value")]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData("""{"a":""", "unexpected end of JSON input")]
    [InlineData("""{"a":1""", "unexpected end of JSON input")]
    [InlineData("""{"a""", "unexpected end of JSON input")]
    [InlineData("""{a:1}""", "invalid character 'a' looking for beginning of object key string")]
    [InlineData("""{"a" 1}""", "invalid character '1' after object key")]
    [InlineData("""{"a":1 "b":2}""", "invalid character '\"' after object key:value pair")]
    [InlineData("""{"a":1,}""", "invalid character '}' looking for beginning of object key string")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("[1,]", "invalid character ']' looking for beginning of value")]
    [InlineData("{} x", "invalid character 'x' after top-level value")]
    [InlineData("trux", "invalid character 'x' in literal true (expecting 'e')")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("1ex", "invalid character 'x' in exponent of numeric literal")]
    [InlineData("01", "invalid character '1' after top-level value")]
    [InlineData("\"\\q\"", "invalid character 'q' in string escape code")]
    [InlineData("\"\\u00g0\"", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("\"a\nb\"", "invalid character '\\n' in string literal")]
    [InlineData("'a'", "invalid character '\\'' looking for beginning of value")]
    public void Errors_are_told_as_Go_does(string text, string error) => Assert.Equal(error, JsonSyntax.FirstError(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("""{"a":[1,-2.5e+3,"x\u00e4\n",true,false,null,{}],"b":{"c":[]}}""")]
    [InlineData(" 0 ")]
    public void Nothing_is_wrong_with_JSON(string text) => Assert.Null(JsonSyntax.FirstError(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void What_nests_too_deeply_is_named() =>
        Assert.Equal("exceeded max depth", JsonSyntax.FirstError(Encoding.UTF8.GetBytes(new string('[', JsonText.MaxDepth + 1))));
}
