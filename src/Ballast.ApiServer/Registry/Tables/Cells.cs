using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Tables;

/// <summary>How values that many kinds have are printed.</summary>
internal static class Cells
{
    public const string None = "<none>";
    public const string Unknown = "<unknown>";
    public const string Unset = "<unset>";

    public static string OrNone(string text) => text.Length == 0 ? None : text;

    public static string OrUnset(string text) => text.Length == 0 ? Unset : text;

    /// <summary>How long ago an RFC 3339 time was.</summary>
    public static string Since(string time, DateTimeOffset now) =>
        KubernetesTime.TryParse(time, out var then) ? HumanDuration.Format(now - then) : Unknown;

    /// <summary>A map of labels as <c>a=1,b=2</c>, sorted.</summary>
    public static string Labels(JsonObject? labels) =>
        OrNone(string.Join(',', (labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={Scalar(l.Value)}")));

    /// <summary>A <c>LabelSelector</c> in the syntax of the query parameter.</summary>
    public static string Selector(JsonObject? selector) => OrNone(SelectorText(selector));

    /// <summary>As <see cref="Selector"/>; empty where it selects everything.</summary>
    public static string SelectorText(JsonObject? selector)
    {
        var exact = (selector.Object("matchLabels") ?? []).Select(l => (l.Key, Text: $"{l.Key}={Scalar(l.Value)}"));
        var expressions = selector.Objects("matchExpressions").Select(e => (Key: e.Text("key"), Text: Requirement(e)));
        return string.Join(',', exact.Concat(expressions).OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => r.Text));
    }

    /// <summary>The names of a pod spec's containers.</summary>
    public static string ContainerNames(JsonObject? podSpec) => string.Join(',', podSpec.Objects("containers").Select(c => c.Text("name")));

    public static string ContainerImages(JsonObject? podSpec) => string.Join(',', podSpec.Objects("containers").Select(c => c.Text("image")));

    public static string True(bool? value) => value switch { true => "True", false => "False", null => Unset };

    /// <summary>The first three of <paramref name="items"/>, and how many more there are.</summary>
    public static string FirstThree(IReadOnlyCollection<string> items) =>
        items.Count <= 3 ? string.Join(',', items) : $"{string.Join(',', items.Take(3))} + {items.Count - 3} more...";

    /// <summary>A number or a string, as it stands in the document (IntOrString, Quantity).</summary>
    public static string Scalar(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    private static string Requirement(JsonObject expression)
    {
        var key = expression.Text("key");
        var values = string.Join(',', expression.Strings("values").Order(StringComparer.Ordinal));
        return expression.Text("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => "!" + key,
            _ => key,
        };
    }
}
