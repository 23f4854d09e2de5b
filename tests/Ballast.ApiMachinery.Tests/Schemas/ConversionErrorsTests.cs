using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Schemas;

public sealed class ConversionErrorsTests
{
    [Theory]
    [InlineData("""{"spec":{"replicas":"x"}}""", "unrecognized type: int32")]
    [InlineData("""{"spec":{"replicas":1.5}}""", "cannot convert float64 to int32")]
    [InlineData("""{"spec":{"paused":"x"}}""", "unrecognized type: bool")]
    [InlineData("""{"metadata":{"name":5}}""", "cannot convert int64 to string")]
    [InlineData("""{"metadata":{"labels":"x"}}""", "cannot restore map from string")]
    [InlineData("""{"spec":"x"}""", "cannot restore struct from: string")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":{}}}}}""", "cannot restore slice from map")]
    [InlineData("""{"spec":{"replicas":3,"paused":true,"template":{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1"}}}]}}}}""", null)]
    public void A_wrong_type_is_told_as_the_converter_does(string document, string? error) =>
        Assert.Equal(error, ConversionErrors.FindFirst(JsonNode.Parse(document), SchemaCatalog.BuiltIn.Find(new GroupVersionKind("apps", "v1", "Deployment"))!));
}
