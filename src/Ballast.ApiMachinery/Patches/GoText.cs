using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Patches;

/// <summary>A value as upstream's messages have it, which is Go's: <c>map[name:a ports:[1 2]]</c>.</summary>
public static class GoText
{
    /// <summary>As <c>%+v</c> has it.</summary>
    public static string Of(JsonNode? value) => value switch
    {
        null => "<nil>",
        JsonObject map => $"map[{string.Join(' ', map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}:{Of(p.Value)}"))}]",
        JsonArray list => $"[{string.Join(' ', list.Select(Of))}]",
        _ => value.ToString(),
    };

    /// <summary>As <c>%#v</c> has it, which is Go's source: <c>map[string]interface {}{"name":"a"}</c>.</summary>
    public static string Literal(JsonNode? value) => value switch
    {
        null => "interface {}(nil)",
        JsonObject map => $"map[string]interface {{}}{{{string.Join(", ", map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"\"{p.Key}\":{Literal(p.Value)}"))}}}",
        JsonArray list => $"[]interface {{}}{{{string.Join(", ", list.Select(Literal))}}}",
        _ => value.ToJsonString(),
    };
}
