using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>The steps of a <see cref="FieldSet"/>'s tree, in <c>fieldsV1</c>'s notation.</summary>
internal static class FieldStep
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = JsonText.StoredDepth };

    public static string Field(string name) => "f:" + name;

    /// <summary>What identifies an item of a list that is a set or a map: its value, or its keys. Null where it lacks a key.</summary>
    public static string? Item(Schema list, JsonNode? item)
    {
        if (list.ListType == "set")
            return "v:" + (item?.ToJsonString(Plain) ?? "null");
        if (item is not JsonObject map)
            return null;
        var step = new StringBuilder("k:{");
        foreach (var key in list.ListMapKeys.Order(StringComparer.Ordinal))
        {
            // A key that has a default may be left out: two ports without a protocol are both TCP.
            var value = map[key] ?? list.Items?.Field(key)?.Default;
            if (value is null && !map.ContainsKey(key))
                return null;
            _ = step.Append(step.Length > 3 ? "," : "").Append('"').Append(key).Append("\":").Append(value?.ToJsonString(Plain) ?? "null");
        }
        return step.Append('}').ToString();
    }

    /// <summary><c>.name</c>, <c>[name="a"]</c>, <c>[="value"]</c>.</summary>
    public static string Display(string step) => step[..2] switch
    {
        "f:" => "." + step[2..],
        "v:" => $"[={step[2..]}]",
        "k:" => "[" + string.Join(",", JsonNode.Parse(step.AsSpan(2).ToString())!.AsObject().Select(p => $"{p.Key}={p.Value?.ToJsonString(Plain) ?? "null"}")) + "]",
        _ => $"[{step[2..]}]",
    };
}
