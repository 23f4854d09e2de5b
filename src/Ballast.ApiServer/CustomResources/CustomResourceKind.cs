using System.Text.Json.Nodes;
using Ballast.ApiMachinery.JsonPaths;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiServer.Discovery;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.ApiExtensions;

namespace Ballast.ApiServer.CustomResources;

/// <summary>
/// What a CRD makes the server serve: a definition for each served version, the preferred first, all of them views of the same objects. Names are the accepted
/// ones, so that no two resources ever answer to the same name.
/// </summary>
internal static class CustomResourceKind
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    // What is on its way out takes nothing new.
    private static readonly string[] TerminatingVerbs = ["delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] FieldVerbs = ["get", "patch", "update"];

    /// <summary>Served as soon as the names are accepted: by the time clients read that it is established, every server has it.</summary>
    public static bool IsServed(JsonObject crd) =>
        CustomResourceConditions.IsTrue(crd, "NamesAccepted") || CustomResourceConditions.IsTrue(crd, "Established");

    public static string StoragePrefix(JsonObject crd) => $"{crd.Text("spec", "group")}/{crd.Text("spec", "names", "plural")}";

    /// <summary>The storage version, whether it is served or not.</summary>
    public static ResourceDefinition Stored(JsonObject crd) => Definition(crd, StorageVersion(crd));

    public static IReadOnlyList<ResourceDefinition> Definitions(JsonObject crd)
    {
        var versions = crd.Objects("spec", "versions").Where(v => v.Bool("served") == true).OrderBy(v => v.Text("name"), VersionPriority.Comparer);
        return [.. versions.Select(v => Definition(crd, v))];
    }

    /// <summary>What of a CRD <see cref="Definitions"/> depends on. While it stays the same, so do the definitions, and what is cached for them.</summary>
    public static string Fingerprint(JsonObject crd) => string.Join('\n',
        crd["spec"]?.ToJsonString(), crd.Node("status", "acceptedNames")?.ToJsonString(), CustomResourceConditions.IsTrue(crd, "Terminating"));

    private static JsonObject StorageVersion(JsonObject crd) => crd.Objects("spec", "versions").First(v => v.Bool("storage") == true);

    private static ResourceDefinition Definition(JsonObject crd, JsonObject version)
    {
        var (group, name) = (crd.Text("spec", "group"), version.Text("name"));
        var names = crd.Object("status", "acceptedNames");
        var kind = new GroupVersionKind(group, name, names.Text("kind"));
        var json = version.Object("schema", "openAPIV3Schema") ?? [];
        // Validation is by what the CRD says of metadata; everything else knows what metadata is.
        var (schema, rules) = (SchemaReader.ReadCustomResource(json), SchemaReader.Read(json));
        var hasStatus = version.Has("subresources", "status");
        var scale = version.Object("subresources", "scale") is { } paths ? CustomScale.From(paths) : null;
        var strategy = new CustomResourceStrategy(schema, rules, hasStatus, scale);
        return new()
        {
            Group = group,
            Resource = names.Text("plural"),
            Singular = names.Text("singular"),
            Kind = kind.Kind,
            ListKind = names.Text("listKind"),
            Namespaced = crd.Text("spec", "scope") == "Namespaced",
            ShortNames = [.. names.Strings("shortNames")],
            Categories = [.. names.Strings("categories")],
            Verbs = CustomResourceConditions.IsTrue(crd, "Terminating") ? TerminatingVerbs : Verbs,
            StorageVersion = StorageVersion(crd).Text("name"),
            StoragePrefix = StoragePrefix(crd),
            Strategy = strategy,
            Subresources = Subresources(kind, hasStatus ? new CustomStatusStrategy(schema, rules) : null, scale).ToDictionary(s => s.Name),
            SelectableFields = SelectableFields(version),
            Versions =
            [
                new(name, new PrinterColumns([.. version.Objects("additionalPrinterColumns")]))
                {
                    SchemaName = $"{string.Join('.', group.Split('.').Reverse())}.{name}.{kind.Kind}",
                    CustomSchema = schema,
                    DeprecationWarning = Deprecation(version, kind),
                    FromStorage = document => Read(document, kind, schema),
                },
            ],
        };
    }

    private static IEnumerable<Subresource> Subresources(GroupVersionKind kind, CustomStatusStrategy? status, CustomScale? scale)
    {
        if (scale is not null)
            yield return new("scale", new("autoscaling", "v1", "Scale"), FieldVerbs, scale);
        if (status is not null)
            yield return new("status", kind, FieldVerbs, new FieldSubresource(status));
    }

    private static JsonObject Read(JsonObject stored, GroupVersionKind kind, Schema schema)
    {
        stored["apiVersion"] = kind.GroupVersion.ToString();
        StoredForm.BringUpToDate(stored, schema);
        return stored;
    }

    private static Dictionary<string, Func<JsonObject, string>> SelectableFields(JsonObject version)
    {
        var fields = new Dictionary<string, Func<JsonObject, string>>();
        foreach (var text in version.Objects("selectableFields").Select(f => f.Text("jsonPath")))
        {
            var path = JsonPath.Parse(text);
            fields[text.TrimStart('.')] = document => path.Find(document).FirstOrDefault()?.ToString() ?? "";
        }
        return fields;
    }

    private static string? Deprecation(JsonObject version, GroupVersionKind kind)
    {
        if (version.Bool("deprecated") != true)
            return null;
        return version.Text("deprecationWarning") is { Length: > 0 } warning ? warning : $"{kind.GroupVersion} {kind.Kind} is deprecated";
    }
}
