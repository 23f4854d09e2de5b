using System.Text.Json.Nodes;

namespace Ballast.SchemaCompiler;

/// <summary>The API's own basic types, which the package has as .NET types.</summary>
internal static class MachineryTypes
{
    public const string Time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
    public const string MicroTime = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";
    public const string IntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
    public const string Quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";

    private const string FieldsV1 = "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1";
    private const string RawExtension = "io.k8s.apimachinery.pkg.runtime.RawExtension";
    private const string Patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
    private const string CustomResources = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

    public static IEnumerable<NamedSchema> All =>
    [
        Of(Time, "string", "Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.", "date-time"),
        Of(MicroTime, "string", "MicroTime is version of Time with microsecond level precision.", "date-time"),
        Of(IntOrString, "", "IntOrString is a type that can hold an int32 or a string. It allows, for example, a JSON field to accept a name or number.", "int-or-string",
            ("x-kubernetes-int-or-string", true)),
        Of(Quantity, "string", "Quantity is a fixed-point representation of a number: an amount with an optional decimal (m, k, M, G, T, P, E), binary (Ki, Mi, Gi, Ti, Pi, Ei) or exponent suffix."),
        Of(FieldsV1, "object", "FieldsV1 stores a set of fields in a data structure like a Trie, in JSON format.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(Patch, "object", "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(RawExtension, "object", "RawExtension holds an object whose type is not known here.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(CustomResources + "JSON", "", "JSON represents any valid JSON value.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(CustomResources + "JSONSchemaPropsOrBool", "", "JSONSchemaPropsOrBool represents JSONSchemaProps or a boolean value.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(CustomResources + "JSONSchemaPropsOrArray", "", "JSONSchemaPropsOrArray represents a value that can either be a JSONSchemaProps or an array of JSONSchemaProps.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(CustomResources + "JSONSchemaPropsOrStringArray", "", "JSONSchemaPropsOrStringArray represents a JSONSchemaProps or a string array.", "", ("x-kubernetes-preserve-unknown-fields", true)),
        Of(CustomResources + "CustomResourceSubresourceStatus", "object", "CustomResourceSubresourceStatus defines how to serve the status subresource: the main endpoint ignores changes to status, and /status ignores all others."),
    ];

    /// <summary>The schema of a field that the package has as <c>object</c>; empty for one that upstream has as an object without fields.</summary>
    public static string OfUntyped(string model, string field) => (model, field) switch
    {
        ("V1JSONSchemaProps", "additionalItems" or "additionalProperties") => CustomResources + "JSONSchemaPropsOrBool",
        ("V1JSONSchemaProps", "items") => CustomResources + "JSONSchemaPropsOrArray",
        ("V1JSONSchemaProps", "dependencies") => CustomResources + "JSONSchemaPropsOrStringArray",
        ("V1JSONSchemaProps", _) => CustomResources + "JSON",
        ("V1CustomResourceSubresources", _) => CustomResources + "CustomResourceSubresourceStatus",
        ("V1ManagedFieldsEntry", _) => FieldsV1,
        (_, "data" or "parameters" or "object") => RawExtension,
        _ => "",
    };

    private static NamedSchema Of(string name, string type, string description, string format = "", params ReadOnlySpan<(string Name, JsonNode Value)> more)
    {
        var schema = new JsonObject { ["description"] = description };
        if (type.Length > 0)
            schema["type"] = type;
        if (format.Length > 0)
            schema["format"] = format;
        foreach (var (key, value) in more)
            schema[key] = value;
        return new(name, schema);
    }
}
