using System.Text.Json.Nodes;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Fuzz;

/// <summary>JSON that is almost right: values taken out, moved, renamed, or put in the place of others. For what is given trees that a decoder has let through.</summary>
internal static class TreeMutations
{
    private static readonly string[] Odd =
    [
        "null", "true", "-1", "0.5", "1e300", "9223372036854775807", "\"\"", "\"a\"", "\"\\u0000\"", "{}", "[]", "[null]", "[[]]", "[{}]", "{\"\":null}", "{\"a\":{\"b\":[]}}",
        "{\"$patch\":\"delete\"}", "{\"$patch\":\"replace\"}", "{\"$patch\":\"none\"}", "{\"$patch\":1}", "{\"$retainKeys\":[\"a\",1]}", "[{\"$patch\":\"replace\"}]", "[{\"name\":null}]", "[{\"name\":{}}]",
        "{\"op\":\"add\",\"path\":\"\",\"value\":{}}", "{\"op\":\"move\",\"from\":\"/spec\",\"path\":\"/spec/containers/0\"}", "{\"op\":\"remove\",\"path\":\"/spec/containers/99\"}",
    ];

    private static readonly string[] Names =
        ["", ".", "a", "name", "metadata", "f:", "f:a", "k:", "k:{", "k:{\"name\":1}", "v:", "v:[", "i:", "i:-1", "x", "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "properties", "items", "type", "pattern"];

    private static readonly Gen<int> Any = Gen.Int[0, 1 << 20];

    /// <summary>A seed after one to six changes; a tree of its own each time.</summary>
    public static Gen<JsonNode?> Of(params string[] seeds) =>
        Gen.Select(Any, Gen.Select(Any, Any, Any, Any).Array[1, 6]).Select((seed, changes) =>
        {
            var root = new JsonArray(JsonNode.Parse(seeds[seed % seeds.Length]));
            foreach (var (kind, place, what, where) in changes)
                Change(root, seeds, kind, place, what, where);
            return root.Count > 0 ? root[0]?.DeepClone() : null;
        });

    private static void Change(JsonArray root, string[] seeds, int kind, int place, int what, int where)
    {
        var places = Places(root).ToArray();
        if (places.Length == 0)
            return;
        var (parent, name, index) = places[place % places.Length];
        switch (kind % 5)
        {
            case 0:
                Put(parent, name, index, JsonNode.Parse(Odd[what % Odd.Length]));
                break;
            case 1 when parent is JsonObject map:
                map.Remove(name);
                break;
            case 2 when parent is JsonObject map:
                var value = map[name];
                map.Remove(name);
                map[Names[what % Names.Length]] = value;
                break;
            case 3 when parent is JsonArray list:
                list.Add(list[index]?.DeepClone());
                break;
            default:
                var others = Places(new JsonArray(JsonNode.Parse(seeds[where % seeds.Length]))).ToArray();
                var (from, key, at) = others[what % others.Length];
                Put(parent, name, index, (from is JsonObject source ? source[key] : from[at])?.DeepClone());
                break;
        }
    }

    private static void Put(JsonNode parent, string name, int index, JsonNode? value)
    {
        if (parent is JsonObject map)
            map[name] = value;
        else
            parent.AsArray()[index] = value;
    }

    private static IEnumerable<(JsonNode Parent, string Name, int Index)> Places(JsonNode node) => node switch
    {
        JsonObject map => map.SelectMany(f => Below((map, f.Key, 0), f.Value)),
        JsonArray list => list.SelectMany((item, i) => Below((list, "", i), item)),
        _ => [],
    };

    private static IEnumerable<(JsonNode Parent, string Name, int Index)> Below((JsonNode, string, int) place, JsonNode? node) =>
        node is null ? [place] : Places(node).Prepend(place);
}
