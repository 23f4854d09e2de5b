using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>
/// An OpenAPI v2 document in protobuf, as gnostic's <c>openapi.v2.Document</c> has it and kubectl asks for it. The numbers are that schema's field numbers.
/// </summary>
public static class OpenApiV2Protobuf
{
    public static byte[] Encode(JsonObject document)
    {
        var message = new ProtobufWriter();
        message.Text(1, document.StringAt("swagger"));
        message.Message(2, Info(document["info"]!.AsObject()));
        message.Message(8, Named(2, document["paths"]!.AsObject(), PathItem));
        message.Message(9, Named(1, document["definitions"]!.AsObject(), Schema));
        return message.ToArray();
    }

    private static ProtobufWriter Info(JsonObject info)
    {
        var message = new ProtobufWriter();
        message.Text(1, info.StringAt("title"));
        message.Text(2, info.StringAt("version"));
        return message;
    }

    private static ProtobufWriter PathItem(JsonObject item)
    {
        var message = new ProtobufWriter();
        foreach (var (number, verb) in ((int, string)[])[(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")])
        {
            if (item[verb] is JsonObject operation)
                message.Message(number, Operation(operation));
        }
        Parameters(message, 9, item);
        return message;
    }

    private static ProtobufWriter Operation(JsonObject operation)
    {
        var message = new ProtobufWriter();
        message.Texts(1, operation.StringsAt("tags"));
        message.Text(3, operation.StringAt("description"));
        message.Text(5, operation.StringAt("operationId"));
        message.Texts(6, operation.StringsAt("produces"));
        message.Texts(7, operation.StringsAt("consumes"));
        Parameters(message, 8, operation);
        message.Message(9, Named(1, operation["responses"]!.AsObject(), Response));
        Extensions(message, 13, operation);
        return message;
    }

    private static void Parameters(ProtobufWriter message, int number, JsonObject holder)
    {
        foreach (var parameter in (holder["parameters"] as JsonArray ?? []).OfType<JsonObject>())
            message.Message(number, Wrapped(1, parameter.StringAt("in") == "body" ? Wrapped(1, BodyParameter(parameter)) : Wrapped(2, OtherParameter(parameter))));
    }

    private static ProtobufWriter BodyParameter(JsonObject parameter)
    {
        var message = new ProtobufWriter();
        message.Text(2, parameter.StringAt("name"));
        message.Text(3, "body");
        message.Flag(4, parameter.BoolAt("required"));
        message.Message(5, Schema(parameter["schema"]!.AsObject()));
        return message;
    }

    // Query and path parameters differ by one field, allow_empty_value, which moves the numbers behind it.
    private static ProtobufWriter OtherParameter(JsonObject parameter)
    {
        var isQuery = parameter.StringAt("in") == "query";
        var message = new ProtobufWriter();
        message.Flag(1, parameter.BoolAt("required"));
        message.Text(2, parameter.StringAt("in"));
        message.Text(3, parameter.StringAt("description"));
        message.Text(4, parameter.StringAt("name"));
        message.Text(isQuery ? 6 : 5, parameter.StringAt("type"));
        return Wrapped(isQuery ? 3 : 4, message);
    }

    private static ProtobufWriter Response(JsonObject response)
    {
        var message = new ProtobufWriter();
        message.Text(1, response.StringAt("description"));
        if (response["schema"] is JsonObject schema)
            message.Message(2, Wrapped(1, Schema(schema)));
        return Wrapped(1, message);
    }

    private static ProtobufWriter Schema(JsonObject schema)
    {
        var message = new ProtobufWriter();
        message.Text(1, schema.StringAt("$ref"));
        message.Text(2, schema.StringAt("format"));
        message.Text(4, schema.StringAt("description"));
        if (schema["default"] is { } value)
            message.Message(5, Any(value));
        message.Texts(19, schema.StringsAt("required"));
        foreach (var allowed in schema["enum"] as JsonArray ?? [])
            message.Message(20, Any(allowed));
        if (schema["additionalProperties"] is JsonObject values)
            message.Message(21, Wrapped(1, Schema(values)));
        if (schema.StringAt("type") is { } type)
        {
            var types = new ProtobufWriter();
            types.Text(1, type);
            message.Message(22, types);
        }
        if (schema["items"] is JsonObject items)
            message.Message(23, Wrapped(1, Schema(items)));
        if (schema["properties"] is JsonObject properties)
            message.Message(25, Named(1, properties, Schema));
        Extensions(message, 31, schema);
        return message;
    }

    private static void Extensions(ProtobufWriter message, int number, JsonObject holder)
    {
        foreach (var (name, value) in holder.Where(p => p.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            var named = new ProtobufWriter();
            named.Text(1, name);
            named.Message(2, Any(value));
            message.Message(number, named);
        }
    }

    // Readers take the value from its YAML text; JSON is YAML.
    private static ProtobufWriter Any(JsonNode? value)
    {
        var message = new ProtobufWriter();
        message.Text(2, (value?.ToJsonString(JsonSerializerOptions.Default) ?? "null") + "\n");
        return message;
    }

    private static ProtobufWriter Named(int number, JsonObject values, Func<JsonObject, ProtobufWriter> encode)
    {
        var message = new ProtobufWriter();
        foreach (var (name, value) in values)
        {
            var named = new ProtobufWriter();
            named.Text(1, name);
            named.Message(2, encode(value!.AsObject()));
            message.Message(number, named);
        }
        return message;
    }

    private static ProtobufWriter Wrapped(int number, ProtobufWriter inner)
    {
        var message = new ProtobufWriter();
        message.Message(number, inner);
        return message;
    }
}
