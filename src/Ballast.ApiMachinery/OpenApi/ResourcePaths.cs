using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>The paths of one resource, in OpenAPI v3.</summary>
internal sealed class ResourcePaths(GroupVersion version, ServedResource resource, ComponentSchemas schemas)
{
    private static readonly string[] Json = ["application/json", "application/yaml"];
    private static readonly string[] JsonPatches = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
    private static readonly string[] BuiltInPatches = [.. JsonPatches, "application/strategic-merge-patch+json"];

    public IEnumerable<(string Path, JsonObject Item)> All()
    {
        var collection = $"{OpenApiV3.Root(version)}/{(resource.Namespaced ? "namespaces/{namespace}/" : "")}{resource.Resource}";
        if (Collection() is { } operations)
            yield return (collection, operations);
        if (resource.Namespaced && Has("list"))
            yield return ($"{OpenApiV3.Root(version)}/{resource.Resource}", new JsonObject { ["get"] = List($"{resource.Kind.Kind}ForAllNamespaces") });
        if (Single() is { } single)
            yield return (collection + "/{name}", single);
        foreach (var subresource in resource.Subresources)
        {
            if (subresource.SchemaName is not null)
                yield return ($"{collection}/{{name}}/{subresource.Name}", Sub(subresource, subresource.SchemaName));
        }
    }

    private JsonObject? Collection()
    {
        var item = new JsonObject();
        if (Has("list"))
            item["get"] = List(Scoped);
        if (Has("create"))
            item["post"] = Operation("post", "create", "create", Scoped, resource.Kind, QueryParameters.Create, Body(Own, ["*/*"]), Own, created: true);
        if (Has("deletecollection"))
            item["delete"] = Operation("deletecollection", "deleteCollection", "delete collection of", Scoped, resource.Kind, QueryParameters.Delete.Concat(QueryParameters.List), Body(DeleteOptions, ["*/*"]), Status);
        return Finished(item, named: false);
    }

    private JsonObject? Single()
    {
        var item = new JsonObject();
        if (Has("get"))
            item["get"] = Operation("get", "read", "read the specified", Scoped, resource.Kind, QueryParameters.Get, null, Own);
        if (Has("update"))
            item["put"] = Operation("put", "replace", "replace the specified", Scoped, resource.Kind, QueryParameters.Create, Body(Own, ["*/*"]), Own, created: true);
        if (Has("patch"))
            item["patch"] = Operation("patch", "patch", "partially update the specified", Scoped, resource.Kind, QueryParameters.Patch, Patch, Own, created: true);
        if (Has("delete"))
            item["delete"] = Operation("delete", "delete", "delete", Scoped, resource.Kind, QueryParameters.Delete, Body(DeleteOptions, ["*/*"]), Status);
        return Finished(item, named: true);
    }

    private JsonObject Sub(ServedSubresource subresource, string schema)
    {
        var name = Scoped + Capital(subresource.Name);
        JsonObject Document() => subresource.Kind == resource.Kind ? Own : schemas.Reference(schema);
        var item = new JsonObject();
        foreach (var verb in subresource.Verbs)
        {
            switch (verb)
            {
                case "get":
                    item["get"] = Operation("get", "read", $"read {subresource.Name} of the specified", name, subresource.Kind, QueryParameters.Get, null, Document());
                    break;
                case "update":
                    item["put"] = Operation("put", "replace", $"replace {subresource.Name} of the specified", name, subresource.Kind, QueryParameters.Create, Body(Document(), ["*/*"]), Document(), created: true);
                    break;
                case "patch":
                    item["patch"] = Operation("patch", "patch", $"partially update {subresource.Name} of the specified", name, subresource.Kind, QueryParameters.Patch, Patch, Document(), created: true);
                    break;
                case "create":
                    item["post"] = Operation("post", "create", $"create {subresource.Name} of a", name, subresource.Kind, QueryParameters.Create, Body(Document(), ["*/*"]), Document(), created: true);
                    break;
            }
        }
        return Finished(item, named: true) ?? item;
    }

    private JsonObject List(string name) =>
        Operation("list", "list", "list or watch objects of kind", name, resource.Kind, QueryParameters.List, null, schemas.ListReference(resource), more: ["application/json;stream=watch"]);

    private JsonObject Operation(string action, string verb, string sentence, string name, GroupVersionKind kind, IEnumerable<JsonObject> parameters,
        JsonObject? body, JsonObject answer, bool created = false, params string[] more)
    {
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(Tag),
            ["description"] = $"{sentence} {resource.Kind.Kind}",
            ["operationId"] = verb + Capital(Tag, '_') + name,
            ["parameters"] = new JsonArray([.. parameters.DistinctBy(p => p["name"]!.ToString())]),
        };
        if (body is not null)
            operation["requestBody"] = body;
        var responses = new JsonObject { ["200"] = Response("OK", answer, more) };
        if (created)
            responses["201"] = Response("Created", answer, []);
        responses["401"] = new JsonObject { ["description"] = "Unauthorized" };
        operation["responses"] = responses;
        operation["x-kubernetes-action"] = action;
        operation["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version };
        return operation;
    }

    private static JsonObject Response(string description, JsonObject schema, IEnumerable<string> more) => new()
    {
        ["description"] = description,
        ["content"] = Content(schema, Json.Concat(more)),
    };

    private static JsonObject Body(JsonObject schema, IEnumerable<string> types) => new() { ["content"] = Content(schema, types), ["required"] = true };

    private static JsonObject Content(JsonObject schema, IEnumerable<string> types) =>
        new(types.Select(t => KeyValuePair.Create(t, (JsonNode?)new JsonObject { ["schema"] = schema.DeepClone() })));

    private JsonObject? Finished(JsonObject item, bool named)
    {
        if (item.Count == 0)
            return null;
        var parameters = new JsonArray();
        if (named)
            parameters.Add((JsonNode)QueryParameters.Path("name", $"name of the {resource.Kind.Kind}"));
        if (resource.Namespaced)
            parameters.Add((JsonNode)QueryParameters.Path("namespace", "object name and auth scope, such as for teams and projects"));
        if (parameters.Count > 0)
            item["parameters"] = parameters;
        return item;
    }

    private bool Has(string verb) => resource.Verbs.Contains(verb);

    private JsonObject Own => schemas.Reference(resource);

    private JsonObject Status => schemas.MetaReference("Status");

    private JsonObject DeleteOptions => schemas.MetaReference("DeleteOptions");

    // Custom resources have no strategic merge: nothing says how their lists merge.
    private JsonObject Patch => Body(schemas.MetaReference("Patch"), resource.CustomSchema is null ? BuiltInPatches : JsonPatches);

    private string Scoped => (resource.Namespaced ? "Namespaced" : "") + resource.Kind.Kind;

    // core_v1, apps_v1, rbacAuthorization_v1
    private string Tag
    {
        get
        {
            var words = (version.Group.Length == 0 ? "core" : version.Group.Replace(".k8s.io", "", StringComparison.Ordinal)).Split('.');
            return words[0] + string.Concat(words.Skip(1).Select(w => Capital(w))) + "_" + version.Version;
        }
    }

    private static string Capital(string text, char separator = '\0') =>
        string.Concat(text.Split(separator).Where(w => w.Length > 0).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
}
