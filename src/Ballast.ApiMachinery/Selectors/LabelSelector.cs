using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using k8s.Models;

namespace Ballast.ApiMachinery.Selectors;

/// <summary>
/// Which objects, by their labels: all of the requirements hold. Immutable. Written as a string in requests
/// (<c>app=web,tier in (a,b),!canary</c>) and as <c>meta.k8s.io/v1</c> LabelSelector in objects.
/// </summary>
public sealed class LabelSelector
{
    private readonly bool _nothing;

    private LabelSelector(IReadOnlyList<LabelRequirement> requirements, bool nothing = false)
    {
        Requirements = requirements;
        _nothing = nothing;
    }

    public static LabelSelector Everything { get; } = new([]);

    public static LabelSelector Nothing { get; } = new([], nothing: true);

    /// <summary>In the order of their keys.</summary>
    public IReadOnlyList<LabelRequirement> Requirements { get; }

    public bool IsEverything => !_nothing && Requirements.Count == 0;

    public bool IsNothing => _nothing;

    /// <summary>Reads a request's <c>labelSelector</c>. Null and empty select everything.</summary>
    /// <exception cref="StatusException">BadRequest, in upstream's words.</exception>
    public static LabelSelector Parse(string? selector) =>
        string.IsNullOrEmpty(selector) ? Everything : Of(new LabelSelectorParser(selector).Parse());

    /// <summary>Objects that carry each of <paramref name="labels"/> (a Service's or ReplicationController's plain map).</summary>
    public static LabelSelector From(IReadOnlyDictionary<string, string> labels) =>
        Of([.. labels.Select(l => Make(l.Key, SelectorOperator.Equals, [l.Value]))]);

    /// <summary>Reads a LabelSelector: null selects nothing, an empty one everything.</summary>
    /// <exception cref="StatusException">BadRequest, in upstream's words.</exception>
    public static LabelSelector From(JsonObject? selector)
    {
        if (selector is null)
            return Nothing;
        List<LabelRequirement> requirements = [];
        if (selector["matchLabels"] is JsonObject labels)
        {
            foreach (var key in labels.Select(l => l.Key))
                requirements.Add(Make(key, SelectorOperator.In, [labels.StringAt(key) ?? ""]));
        }
        foreach (var expression in (selector["matchExpressions"] as JsonArray ?? []).OfType<JsonObject>())
            requirements.Add(Make(expression.StringAt("key") ?? "", Operator(expression.StringAt("operator") ?? ""), expression.StringsAt("values")));
        return Of(requirements);
    }

    /// <inheritdoc cref="From(JsonObject)"/>
    public static LabelSelector From(V1LabelSelector? selector)
    {
        if (selector is null)
            return Nothing;
        List<LabelRequirement> requirements = [];
        foreach (var (key, value) in selector.MatchLabels ?? new Dictionary<string, string>())
            requirements.Add(Make(key, SelectorOperator.In, [value]));
        foreach (var expression in selector.MatchExpressions ?? [])
            requirements.Add(Make(expression.Key, Operator(expression.OperatorProperty), expression.Values ?? []));
        return Of(requirements);
    }

    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        if (_nothing)
            return false;
        for (var i = 0; i < Requirements.Count; i++)
        {
            string? value = null;
            _ = labels?.TryGetValue(Requirements[i].Key, out value);
            if (!Requirements[i].Matches(value))
                return false;
        }
        return true;
    }

    /// <summary>As above, for the dictionaries of KubernetesClient's models.</summary>
    public bool Matches(IDictionary<string, string>? labels)
    {
        if (_nothing)
            return false;
        for (var i = 0; i < Requirements.Count; i++)
        {
            string? value = null;
            _ = labels?.TryGetValue(Requirements[i].Key, out value);
            if (!Requirements[i].Matches(value))
                return false;
        }
        return true;
    }

    public bool Matches(Dictionary<string, string>? labels) => Matches((IReadOnlyDictionary<string, string>?)labels);

    /// <summary>As above, on a document's <c>metadata.labels</c>.</summary>
    public bool Matches(JsonObject? labels) => !_nothing && Requirements.All(r => r.Matches(labels?.StringAt(r.Key)));

    /// <summary>The selector string; reads back as an equal selector.</summary>
    public override string ToString() => string.Join(',', Requirements);

    private static LabelSelector Of(IReadOnlyList<LabelRequirement> requirements) =>
        requirements.Count == 0 ? Everything : new([.. requirements.OrderBy(r => r.Key, StringComparer.Ordinal)]);

    private static LabelRequirement Make(string key, SelectorOperator op, IEnumerable<string> values) =>
        LabelRequirement.TryMake(key, op, values, out var requirement) is { } error ? throw StatusException.BadRequest(error.ToString()) : requirement;

    private static SelectorOperator Operator(string name) => name switch
    {
        "In" => SelectorOperator.In,
        "NotIn" => SelectorOperator.NotIn,
        "Exists" => SelectorOperator.Exists,
        "DoesNotExist" => SelectorOperator.DoesNotExist,
        _ => throw StatusException.BadRequest($"\"{name}\" is not a valid label selector operator"),
    };
}
