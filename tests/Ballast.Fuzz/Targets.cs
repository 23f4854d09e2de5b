using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiServer.Endpoints;
using Ballast.ApiServer.Registry.ApiExtensions;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.Fuzz;

/// <summary>What is fuzzed, by name.</summary>
internal static class Targets
{
    private const string Pod = """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"b"},"finalizers":["x/y"]},"spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{"limits":{"cpu":"1"}}}],"volumes":[{"name":"v","emptyDir":{}}],"nodeSelector":{"x":"y"}}}""";

    private const string JsonPatches = """[{"op":"add","path":"/metadata/labels/c","value":"d"},{"op":"remove","path":"/spec/containers/0"},{"op":"move","from":"/spec/volumes","path":"/a"},{"op":"copy","from":"/metadata","path":"/b"},{"op":"test","path":"/kind","value":"Pod"}]""";

    private const string Strategic = """{"metadata":{"labels":{"a":null},"$deleteFromPrimitiveList/finalizers":["x/y"]},"spec":{"containers":[{"name":"b"},{"name":"a","$patch":"delete"}],"$setElementOrder/containers":[{"name":"b"}],"volumes":[{"name":"v","$retainKeys":["name"]}],"nodeSelector":{"$patch":"replace","z":"w"}}}""";

    private const string Fields = """{"f:metadata":{"f:labels":{".":{},"f:a":{}},"f:finalizers":{"v:\"x/y\"":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{}}},"i:0":{}}}""";

    private const string Structural = """{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^(a+)+$","maxLength":5,"enum":["x"]},"b":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","required":["k"],"properties":{"k":{"type":"integer","minimum":1,"multipleOf":0.1}}}},"c":{"x-kubernetes-int-or-string":true},"d":{"type":"object","additionalProperties":{"type":"number","nullable":true},"default":{}},"e":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"f":{"type":"string","allOf":[{"not":{"maxLength":2}}],"oneOf":[{"minLength":1}],"format":"date-time"}}}""";

    private const string Instance = """{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!","b":[{"k":1},{"k":1}],"c":"1","d":{"x":null},"e":{},"f":"now"}""";

    private static readonly byte[] Protobuf =
        [.. "k8s\0"u8, 0x0a, 0x0f, 0x0a, 0x02, .. "v1"u8, 0x12, 0x09, .. "ConfigMap"u8, 0x12, 0x10, 0x0a, 0x05, 0x0a, 0x03, .. "abc"u8, 0x12, 0x07, 0x0a, 0x01, .. "k"u8, 0x12, 0x02, .. "vv"u8, 0x1a, 0x00, 0x22, 0x00];

    private static readonly Schema PodSchema = SchemaCatalog.BuiltIn["io.k8s.api.core.v1.Pod"];

    private static readonly Schema JsonSchemaProps = SchemaCatalog.BuiltIn["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"];

    private static readonly FieldManager Manager = new("fuzz", "v1", DateTimeOffset.UnixEpoch);

    public static SortedDictionary<string, Target> All { get; } = new(StringComparer.Ordinal)
    {
        ["json"] = new(bytes => Check(RequestBody.Decode(bytes, BodyFormat.Json).Document), Bytes(Pod), Bytes(Strategic), Bytes("""{"a":1,"a":{"b":"\ud83d\ude00"}}""")),
        ["yaml"] = new(bytes => Check(RequestBody.Decode(bytes, BodyFormat.Yaml).Document),
            Bytes("apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {x: y, z: \"1\"}\ndata:\n  k: |\n    one\n    two\n  j: >-\n    three\n"),
            Bytes("a: &x [1, 2.5, 0o17, true, ~, 2001-01-01]\nb: *x\n? c\n: - d\n  - e: f\n<<: {g: h}\n")),
        ["protobuf"] = new(bytes => Check(RequestBody.Decode(bytes, BodyFormat.Protobuf).Document), Protobuf),
        ["jsonpatch"] = new(bytes => JsonPatch.Apply(Live(), Decoded(bytes)), Bytes(JsonPatches)),
        ["mergepatch"] = new(bytes => MergePatch.Apply(Live(), Object(bytes)), Bytes(Strategic), Bytes(Pod)),
        ["strategicpatch"] = new(bytes => StrategicMergePatch.Apply(Live(), Object(bytes), PodSchema), Bytes(Strategic), Bytes(Pod)),
        ["apply"] = new(bytes => Apply(Object(bytes)), Bytes(Pod)),
        ["labelselector"] = new(bytes => LabelSelector.Parse(Text(bytes)).Matches(new Dictionary<string, string> { ["a"] = "b" }), Bytes("a=b,c!=d,e in (f, g),h notin (i),j,!k")),
        ["fieldselector"] = new(bytes => FieldSelector.Parse(Text(bytes)), Bytes("metadata.name=x,status.phase!=Running"), Bytes("spec.nodeName=\\,\\=\\\\")),
        ["quantity"] = new(bytes => Quantity.Parse(Text(bytes)).ToString(), Bytes("100m"), Bytes("-1.5Gi"), Bytes("2e3")),
        ["fieldset"] = new(bytes => Own(Object(bytes)), Bytes(Fields)),
        ["lastapplied"] = new(bytes => Upgrade(Text(bytes)), Bytes(Pod), Bytes("""{"a":"\ud83d\ude00","b":[{"c":null}]}""")),
        ["schema"] = new(bytes => Validate(Object(bytes)), Bytes(Structural)),
        ["continue"] = new(bytes => ContinueToken.Parse(Text(bytes)), Bytes(new ContinueToken(12, "ns/name").ToString())),
    };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static JsonNode? Decoded(byte[] bytes) => RequestBody.Decode(bytes, BodyFormat.Json).Document;

    private static JsonObject Object(byte[] bytes) => Decoded(bytes) as JsonObject ?? throw new FormatException("not an object");

    private static JsonObject Live() => JsonNode.Parse(Pod)!.AsObject();

    /// <summary>What every written body goes through, and back to bytes.</summary>
    private static void Check(JsonNode? document)
    {
        if (document is JsonObject map && TypeErrors.FindFirst(map, PodSchema) is null)
            _ = UnknownFields.FindAndPrune(map, PodSchema);
        _ = document?.ToJsonString();
    }

    private static void Apply(JsonObject applied)
    {
        if (TypeErrors.FindFirst(applied, PodSchema) is not null)
            return;
        var first = ManagedFields.Apply(Live(), applied, Manager, force: true, PodSchema);
        _ = ManagedFields.Apply(first, Identity(), Manager, force: true, PodSchema);
    }

    private static void Own(JsonObject fields)
    {
        _ = FieldSet.FromJson(fields).ToJson();
        var live = Live();
        live["metadata"]!["managedFields"] = new JsonArray(new JsonObject
        {
            ["manager"] = "m",
            ["operation"] = "Apply",
            ["apiVersion"] = "v1",
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = fields.DeepClone(),
        });
        _ = ManagedFields.Apply(live, Identity(), new FieldManager("m", "v1", DateTimeOffset.UnixEpoch), force: false, PodSchema);
    }

    /// <summary>Anyone may write this annotation; kubectl's first server-side apply has it read.</summary>
    private static void Upgrade(string lastApplied)
    {
        var live = Live();
        live["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = lastApplied };
        _ = ManagedFields.Apply(live, Identity(), new FieldManager("kubectl", "v1", DateTimeOffset.UnixEpoch), force: false, PodSchema);
    }

    /// <summary>As a custom resource's definition goes, and then an instance of it: what its creation would have refused is not tried.</summary>
    private static void Validate(JsonObject structural)
    {
        if (TypeErrors.FindFirst(structural, JsonSchemaProps) is not null || Field.Collect(structural, StructuralSchema.Check).Count > 0)
            return;
        var schema = SchemaReader.ReadCustomResource(structural);
        var document = JsonNode.Parse(Instance)!.AsObject();
        SchemaDefaults.Apply(document, schema);
        _ = SchemaValidator.Validate(document, schema);
        _ = UnknownFields.Prune(document, schema);
    }

    private static JsonObject Identity() => JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}""")!.AsObject();
}
