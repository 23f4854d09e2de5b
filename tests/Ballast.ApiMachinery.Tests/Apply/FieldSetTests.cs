using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Apply;

public sealed class FieldSetTests
{
    private static readonly Gen<FieldSet> Any = Level(Level(Gen.Const(FieldSet.Leaf)));

    private static Gen<FieldSet> Level(Gen<FieldSet> inner) =>
        Gen.Select(Gen.Dictionary(Gen.OneOf("f:a", "f:b", "k:{\"name\":\"x\"}", "v:1"), Gen.OneOf(Gen.Const(FieldSet.Leaf), inner))[1, 3], Gen.Bool, (children, self) => new FieldSet(self, children));

    private static readonly Gen<FieldSet> Root = Any.Select(s => s.Difference(FieldSet.Leaf));

    [Fact]
    public void Reads_and_writes_fieldsV1()
    {
        const string fields = """{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{}}}},"f:list":{"v:\"x\"":{}}}}""";
        var set = FieldSet.FromJson(JsonNode.Parse(fields)!.AsObject());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(fields), set.ToJson()));
        Assert.Equal(
        [
            ".metadata.labels", ".metadata.labels.app", ".spec.containers[name=\"a\"]", ".spec.containers[name=\"a\"].image",
            ".spec.containers[name=\"a\"].ports[containerPort=80,protocol=\"TCP\"]", ".spec.list[=\"x\"]",
        ], set.Paths());
    }

    [Fact]
    public void Text_round_trips() => Root.Sample(set => FieldSet.FromJson(set.ToJson()).SetEquals(set));

    [Fact]
    public void The_operations_are_those_of_sets() => Gen.Select(Root, Root).Sample((a, b) =>
    {
        var (left, right) = (a.Paths().ToHashSet(), b.Paths().ToHashSet());
        return a.Union(b).Paths().ToHashSet().SetEquals(left.Union(right))
            && a.Intersection(b).Paths().ToHashSet().SetEquals(left.Intersect(right))
            && a.Difference(b).Paths().ToHashSet().SetEquals(left.Except(right))
            && a.SetEquals(b) == left.SetEquals(right);
    });
}
