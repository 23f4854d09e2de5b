using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>
/// Checks a document against a CRD's schema: types, required fields, limits, formats, combinations, and the uniqueness of list sets and maps. Texts and reasons are
/// those of upstream's apiextensions server. An update answers only for what it changes: what was wrong before, and is the same still, passes, so that a schema can be
/// made stricter while there are objects.
/// </summary>
public static class SchemaValidator
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    public static IReadOnlyList<FieldError> Validate(JsonObject document, Schema schema) => Validate(document, schema, FieldPath.Root);

    /// <summary>As the other, of a value inside a document.</summary>
    public static IReadOnlyList<FieldError> Validate(JsonNode? value, Schema schema, FieldPath path)
    {
        List<FieldError> errors = [];
        Check(value, Before.Nothing, schema, path, errors);
        ListIdentities.Check(value, schema, path, errors);
        return errors;
    }

    /// <summary>As the other, of a change.</summary>
    public static IReadOnlyList<FieldError> ValidateUpdate(JsonObject document, JsonObject old, Schema schema)
    {
        List<FieldError> errors = [];
        Check(document, new(true, old), schema, FieldPath.Root, errors);
        List<FieldError> twice = [];
        ListIdentities.Check(old, schema, FieldPath.Root, twice);
        if (twice.Count == 0)
            ListIdentities.Check(document, schema, FieldPath.Root, errors);
        return errors;
    }

    private static void Check(JsonNode? value, Before before, Schema schema, FieldPath path, List<FieldError> errors)
    {
        if (before.IsThere && JsonNode.DeepEquals(value, before.Value))
            return;
        if (value is null)
        {
            if (!schema.Nullable && schema.Type.Length > 0)
                errors.Add(FieldError.TypeInvalid(path, "null", $"{path} in body must be of type {schema.Type}: \"null\""));
            return;
        }
        if (!HasType(value, schema))
        {
            errors.Add(FieldError.TypeInvalid(path, TypeOf(value), $"{path} in body must be of type {TypeName(schema)}: \"{TypeOf(value)}\""));
            return;
        }
        switch (value)
        {
            case JsonObject map:
                CheckMap(map, before, schema, path, errors);
                break;
            case JsonArray list:
                CheckList(list, before, schema, path, errors);
                break;
            default:
                CheckFormat(value, schema, path, errors);
                break;
        }
        if (schema.Rules is { } rules)
            CheckRules(value, before, rules, path, errors);
    }

    private static void CheckMap(JsonObject map, Before before, Schema schema, FieldPath path, List<FieldError> errors)
    {
        foreach (var name in schema.Required.Where(r => !map.ContainsKey(r)))
            errors.Add(FieldError.Required(path.Child(name), ""));
        foreach (var (name, value) in map)
        {
            if (schema.Properties.TryGetValue(name, out var field))
                Check(value, before.Field(name), field, path.Child(name), errors);
            else if (schema.AdditionalProperties is { } values)
                Check(value, before.Field(name), values, path.Child(name), errors);
        }
    }

    private static void CheckList(JsonArray list, Before before, Schema schema, FieldPath path, List<FieldError> errors)
    {
        if (schema.Items is not { } items)
            return;
        for (var i = 0; i < list.Count; i++)
            Check(list[i], before.Item(list[i], schema), items, path.Index(i), errors);
    }

    private static void CheckRules(JsonNode value, Before before, ValueRules rules, FieldPath path, List<FieldError> errors)
    {
        if (rules.Enum.Count > 0 && !rules.Enum.Any(e => JsonNode.DeepEquals(e, value)))
            errors.Add(FieldError.NotSupported(path, value, rules.Enum.Select(e => e?.ToString() ?? "null")));
        if (value.GetValueKind() == JsonValueKind.Number)
            CheckNumber(value, rules, path, errors);
        else if (value.GetValueKind() == JsonValueKind.String)
            CheckText(value.GetValue<string>(), rules, path, errors);
        else if (value is JsonArray list)
            CheckCount(list, rules, path, errors);
        else if (value is JsonObject map)
            CheckCount(map, rules, path, errors);
        CheckCombinations(value, before, rules, path, errors);
    }

    private static void CheckNumber(JsonNode value, ValueRules rules, FieldPath path, List<FieldError> errors)
    {
        if (!decimal.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return;
        if (rules.Minimum is { } min && (rules.ExclusiveMinimum ? number <= min : number < min))
            Add($"should be greater than {(rules.ExclusiveMinimum ? "" : "or equal to ")}{Text(min)}");
        if (rules.Maximum is { } max && (rules.ExclusiveMaximum ? number >= max : number > max))
            Add($"should be less than {(rules.ExclusiveMaximum ? "" : "or equal to ")}{Text(max)}");
        if (rules.MultipleOf is { } step && step != 0 && number % step != 0)
            Add($"should be a multiple of {Text(step)}");

        void Add(string what) => errors.Add(FieldError.Invalid(path, value, $"{path} in body {what}"));
    }

    private static void CheckText(string text, ValueRules rules, FieldPath path, List<FieldError> errors)
    {
        var length = text.EnumerateRunes().Count();
        if (rules.MaxLength is { } max && length > max)
            errors.Add(FieldError.TooLong(path, (int)max));
        if (rules.MinLength is { } min && length < min)
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should be at least {min} chars long"));
        if (rules.Pattern is { } pattern && !Matches(text, pattern))
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should match '{pattern}'"));
    }

    private static void CheckCount(JsonArray list, ValueRules rules, FieldPath path, List<FieldError> errors)
    {
        if (rules.MaxItems is { } max && list.Count > max)
            errors.Add(FieldError.TooMany(path, list.Count, (int)max));
        if (rules.MinItems is { } min && list.Count < min)
            errors.Add(FieldError.Invalid(path, list.Count, $"{path} in body should have at least {min} items"));
        if (rules.UniqueItems && list.Select(i => i?.ToJsonString()).Distinct().Count() < list.Count)
            errors.Add(FieldError.Invalid(path, list, $"{path} in body shouldn't contain duplicates"));
    }

    private static void CheckCount(JsonObject map, ValueRules rules, FieldPath path, List<FieldError> errors)
    {
        if (rules.MaxProperties is { } max && map.Count > max)
            errors.Add(FieldError.TooMany(path, map.Count, (int)max));
        if (rules.MinProperties is { } min && map.Count < min)
            errors.Add(FieldError.Invalid(path, map.Count, $"{path} in body should have at least {min} properties"));
    }

    private static void CheckCombinations(JsonNode value, Before before, ValueRules rules, FieldPath path, List<FieldError> errors)
    {
        foreach (var part in rules.AllOf)
            Check(value, before, part, path, errors);
        if (rules.AnyOf.Count > 0 && !rules.AnyOf.Any(s => Fits(value, s)))
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must validate at least one schema (anyOf)"));
        if (rules.OneOf.Count > 0 && rules.OneOf.Count(s => Fits(value, s)) is not 1 and var fitting)
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must validate one and only one schema (oneOf). {(fitting == 0 ? "Found none valid" : $"Found {fitting} valid alternatives")}"));
        if (rules.Not is { } not && Fits(value, not))
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must not validate the schema (not)"));
    }

    private static bool Fits(JsonNode value, Schema schema)
    {
        List<FieldError> errors = [];
        Check(value, Before.Nothing, schema, FieldPath.Root, errors);
        return errors.Count == 0;
    }

    private static void CheckFormat(JsonNode value, Schema schema, FieldPath path, List<FieldError> errors)
    {
        if (value.GetValueKind() == JsonValueKind.String && !HasFormat(value.GetValue<string>(), schema.Format))
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must be of type {schema.Format}: {value.ToJsonString()}"));
    }

    private static bool HasFormat(string text, string format) => format switch
    {
        "date-time" => Objects.KubernetesTime.TryParse(text, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "byte" => System.Buffers.Text.Base64.IsValid(text),
        "ipv4" => IPAddress.TryParse(text, out var v4) && v4.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork,
        "ipv6" => IPAddress.TryParse(text, out var v6) && v6.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6,
        "cidr" => IPNetwork.TryParse(text, out _),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out _),
        _ => true,
    };

    // A pattern is a CRD author's program, run on any user's input: without backtracking, as upstream's, its time grows with the input alone.
    private static bool Matches(string text, string pattern) =>
        Patterns.GetOrAdd(pattern, static p => new Regex(p, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)).IsMatch(text);

    private static bool HasType(JsonNode value, Schema schema) => schema.IntOrString
        ? value.GetValueKind() == JsonValueKind.String || IsInteger(value)
        : schema.Type switch
        {
            "" => true,
            "object" => value is JsonObject,
            "array" => value is JsonArray,
            "string" => value.GetValueKind() == JsonValueKind.String,
            "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
            "integer" => IsInteger(value),
            _ => value.GetValueKind() == JsonValueKind.Number,
        };

    private static bool IsInteger(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.Number && decimal.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number);

    private static string TypeName(Schema schema) => schema.IntOrString ? "integer,string" : schema.Type;

    private static string TypeOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => IsInteger(value) ? "integer" : "number",
    };

    private static string Text(decimal number) => number.ToString("0.#############", CultureInfo.InvariantCulture);

    /// <summary>What stood in a value's place before: nothing where there was no such place, or where it cannot be told which it was.</summary>
    private readonly record struct Before(bool IsThere, JsonNode? Value)
    {
        public static Before Nothing => default;

        public Before Field(string name) => Value is JsonObject map && map.TryGetPropertyValue(name, out var value) ? new(true, value) : Nothing;

        /// <summary>Only items of list maps are known by more than their place.</summary>
        public Before Item(JsonNode? item, Schema list)
        {
            if (list.ListType != "map" || Value is not JsonArray items || ListIdentities.Of(item, list) is not { } identity)
                return Nothing;
            var found = items.FirstOrDefault(i => JsonNode.DeepEquals(ListIdentities.Of(i, list), identity));
            return found is null ? Nothing : new(true, found);
        }
    }
}
