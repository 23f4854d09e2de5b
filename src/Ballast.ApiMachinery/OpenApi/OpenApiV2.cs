using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>OpenAPI v2: one document for all that is served, said in the older language. Clients still read their schemas and parameters from it.</summary>
public static class OpenApiV2
{
    /// <summary>The media type of <see cref="OpenApiV2Protobuf"/>'s bytes: what the answer's Content-Type is.</summary>
    public const string ProtobufMediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    /// <summary>What clients ask for it by. Never sent: it is no legal media type, and clients fail to read it.</summary>
    public const string AcceptedProtobufMediaType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    /// <param name="documents">The OpenAPI v3 documents of every group version.</param>
    /// <param name="serverVersion">As in <c>/version</c>.</param>
    public static JsonObject Document(IEnumerable<JsonObject> documents, string serverVersion)
    {
        var paths = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        var definitions = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            foreach (var (path, item) in document["paths"]!.AsObject())
                paths[path] = PathItem(item!.AsObject());
            foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
            {
                if (!definitions.ContainsKey(name))
                    definitions[name] = Schema(schema!.AsObject());
            }
        }
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = serverVersion },
            ["paths"] = new JsonObject(paths),
            ["definitions"] = new JsonObject(definitions),
            ["securityDefinitions"] = new JsonObject
            {
                ["BearerToken"] = new JsonObject { ["description"] = "Bearer Token authentication", ["type"] = "apiKey", ["name"] = "authorization", ["in"] = "header" },
            },
            ["security"] = new JsonArray(new JsonObject { ["BearerToken"] = new JsonArray() }),
        };
    }

    private static JsonObject PathItem(JsonObject item) => new(item.Select(part => KeyValuePair.Create(part.Key, (JsonNode?)(part.Value switch
    {
        JsonArray parameters => Parameters(parameters, null),
        _ => Operation(part.Value!.AsObject()),
    }))));

    private static JsonObject Operation(JsonObject operation)
    {
        var converted = new JsonObject();
        foreach (var (key, value) in operation)
        {
            switch (key)
            {
                case "requestBody":
                    converted["consumes"] = new JsonArray([.. value!["content"]!.AsObject().Select(c => (JsonNode)c.Key)]);
                    break;
                case "parameters":
                    converted["parameters"] = Parameters(value!.AsArray(), operation["requestBody"]?["content"]?.AsObject().First().Value?["schema"]?.AsObject());
                    break;
                case "responses":
                    converted["produces"] = new JsonArray([.. (value!["200"]?["content"]?.AsObject() ?? []).Select(c => (JsonNode)c.Key)]);
                    converted["responses"] = new JsonObject(value.AsObject().Select(r => KeyValuePair.Create(r.Key, (JsonNode?)Response(r.Value!.AsObject()))));
                    break;
                default:
                    converted[key] = value?.DeepClone();
                    break;
            }
        }
        return converted;
    }

    private static JsonArray Parameters(JsonArray parameters, JsonObject? body)
    {
        var converted = new JsonArray();
        if (body is not null)
            converted.Add((JsonNode)new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = true, ["schema"] = Schema(body) });
        foreach (var parameter in parameters.Select(p => p!.DeepClone().AsObject()))
        {
            foreach (var (key, value) in parameter["schema"]!.AsObject())
                parameter[key] = value?.DeepClone();
            _ = parameter.Remove("schema");
            converted.Add((JsonNode)parameter);
        }
        return converted;
    }

    private static JsonObject Response(JsonObject response)
    {
        var converted = new JsonObject { ["description"] = response.StringAt("description") };
        if (response["content"]?["application/json"]?["schema"] is JsonObject schema)
            converted["schema"] = Schema(schema);
        return converted;
    }

    private static JsonObject Schema(JsonObject schema)
    {
        var converted = new JsonObject();
        foreach (var (key, value) in schema)
        {
            switch (key, value)
            {
                case ("$ref", _):
                    converted["$ref"] = value!.ToString().Replace(ComponentSchemas.Prefix, "#/definitions/", StringComparison.Ordinal);
                    break;
                case ("allOf", JsonArray all) when all is [JsonObject one] && one.ContainsKey("$ref"):
                    converted["$ref"] = one["$ref"]!.ToString().Replace(ComponentSchemas.Prefix, "#/definitions/", StringComparison.Ordinal);
                    break;
                case ("oneOf", _) when schema.StringAt("format") == "int-or-string":
                    converted["type"] = "string";
                    break;
                // The older language has no words for these.
                case ("oneOf" or "anyOf" or "not" or "allOf" or "nullable", _):
                    break;
                case ("properties", JsonObject fields):
                    converted[key] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)Schema(f.Value!.AsObject()))));
                    break;
                case ("items" or "additionalProperties", JsonObject inner):
                    converted[key] = Schema(inner);
                    break;
                default:
                    converted[key] = value?.DeepClone();
                    break;
            }
        }
        return converted;
    }
}
