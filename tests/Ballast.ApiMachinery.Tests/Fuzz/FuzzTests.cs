using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Protobuf;
using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiMachinery.Yaml;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Fuzz;

/// <summary>
/// What comes from clients, mutated: every decoder answers or refuses with the exception it documents. Few inputs by default; the long run takes a minute each.
/// </summary>
public sealed class FuzzTests
{
    private const string Pod = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"ns","labels":{"a":"b"},"finalizers":["x/y"],"ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","uid":"u"}]},
        "spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"E","value":"v"}],"resources":{"limits":{"cpu":"1","memory":"1Gi"}}}],
        "volumes":[{"name":"v","emptyDir":{}}],"tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],"nodeSelector":{"x":"y"}},"status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"}]}}
        """;

    private static readonly string[] Documents =
    [
        Pod,
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"b","image":"j"},{"name":"a","$patch":"delete"}],"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}}""",
        """{"metadata":{"labels":{"a":null},"$deleteFromPrimitiveList/finalizers":["x/y"]},"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/"}}],"nodeSelector":{"$patch":"replace","z":"w"}}}""",
        """[{"op":"add","path":"/metadata/labels/c","value":"d"},{"op":"remove","path":"/spec/containers/0"},{"op":"move","from":"/spec/volumes","path":"/a"},{"op":"copy","from":"/metadata","path":"/b"},{"op":"test","path":"/kind","value":"Pod"},{"op":"replace","path":"/spec/tolerations/-","value":{}}]""",
    ];

    private static readonly string[] Yaml =
    [
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {x: y, z: \"1\"}\ndata:\n  k: |\n    one\n    two\n  j: >-\n    three\n",
        "a: &x [1, 2.5, 0o17, true, ~, 2001-01-01]\nb: *x\n? c\n: - d\n  - e: f\n",
    ];

    private static readonly string[] FieldSets =
    [
        """{"f:metadata":{"f:labels":{".":{},"f:a":{}},"f:finalizers":{"v:\"x/y\"":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{}}}},"i:0":{}}}""",
    ];

    private static readonly string[] Selectors =
        ["a=b,c!=d,e in (f, g),h notin (i),j,!k", "metadata.name=x,status.phase!=Running", "a.b/c-d_e==f", "spec.nodeName=\\,\\=\\\\"];

    private static readonly string[] Amounts = ["1", "100m", "1.5Gi", "-2e3", "+0.001k", "12E", "1e-9"];

    private static readonly string[] Structural =
    [
        """{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^(a+)+$","maxLength":5,"enum":["x"]},"b":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","properties":{"k":{"type":"integer","minimum":1,"multipleOf":0.1}}}},"c":{"x-kubernetes-int-or-string":true},"d":{"type":"object","additionalProperties":{"type":"number","nullable":true},"default":{}},"e":{"type":"object","x-kubernetes-preserve-unknown-fields":true},"f":{"allOf":[{"not":{"type":"string"}}],"oneOf":[{"minimum":1}],"format":"date-time","type":"string"}}}""",
    ];

    private static Schema PodSchema => SchemaCatalog.BuiltIn["io.k8s.api.core.v1.Pod"];

    public static TheoryData<string> Targets => [.. All.Keys];

    private static Dictionary<string, Action<int>> All { get; } = new()
    {
        ["unicode and duplicate fields"] = seconds => Bounded.Check(Mutations.Of(Documents), seconds, bytes =>
        {
            JsonText.CheckUnicode(bytes);
            _ = DuplicateFields.Find(bytes);
        }, failure => failure is JsonException || IsRefusal(failure)),
        ["yaml"] = seconds => Bounded.Check(Mutations.TextOf(Yaml), seconds, text => YamlBody.Parse(text), IsRefusal),
        ["protobuf"] = seconds => Bounded.Check(ProtobufBodies(), seconds, bytes => ProtobufObject.Decode(bytes), IsRefusal),
        ["json patch"] = seconds => Patches(seconds, patch => JsonPatch.Apply(Live(), patch)),
        ["merge patch"] = seconds => Patches(seconds, patch => MergePatch.Apply(Live(), patch as JsonObject ?? [])),
        ["strategic merge patch"] = seconds => Patches(seconds, patch => StrategicMergePatch.Apply(Live(), patch as JsonObject ?? [], PodSchema)),
        ["apply"] = seconds => Patches(seconds, patch => Applied(patch as JsonObject ?? [])),
        ["field sets"] = seconds => Bounded.Check(Parsed(FieldSets), seconds, fields => ManagedBy(fields as JsonObject ?? []), IsRefusal),
        ["types, unknown fields and pruning"] = seconds => Patches(seconds, document =>
        {
            if (document is JsonObject map && TypeErrors.FindFirst(map, PodSchema) is null)
                _ = UnknownFields.FindAndPrune(map, PodSchema);
        }),
        ["label selectors"] = seconds => Bounded.Check(Mutations.TextOf(Selectors), seconds, text => LabelSelector.Parse(text).Matches(new Dictionary<string, string> { ["a"] = "b" }), IsRefusal),
        ["field selectors"] = seconds => Bounded.Check(Mutations.TextOf(Selectors), seconds, text => FieldSelector.Parse(text), IsRefusal),
        ["quantities"] = seconds => Bounded.Check(Mutations.TextOf(Amounts), seconds, text => Quantity.Parse(text).ToString(), IsRefusal),
        ["schemas"] = seconds => Bounded.Check(Parsed(Structural), seconds, schema =>
        {
            var read = SchemaReader.ReadCustomResource(schema as JsonObject ?? []);
            var document = JsonNode.Parse("""{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!","b":[{"k":1},{"k":1}],"c":"1","d":{"x":null},"e":{},"f":"now"}""")!.AsObject();
            SchemaDefaults.Apply(document, read);
            _ = SchemaValidator.Validate(document, read);
            _ = UnknownFields.Prune(document, read);
        }, IsRefusal),
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void Answers_or_refuses(string target) => All[target](0);

    [Theory]
    [MemberData(nameof(Targets))]
    [Trait("Category", "Long")]
    public void Answers_or_refuses_for_long(string target) => All[target](60);

    private static bool IsRefusal(Exception failure) => failure is StatusException or FormatException;

    private static JsonObject Live() => JsonNode.Parse(Pod)!.AsObject();

    private static void Patches(int seconds, Action<JsonNode?> run) => Bounded.Check(Parsed(Documents), seconds, run, IsRefusal);

    private static Gen<JsonNode?> Parsed(params string[] seeds) => TreeMutations.Of(seeds);

    private static Gen<byte[]> ProtobufBodies()
    {
        // k8s\0, then an Unknown: its TypeMeta, and a raw message of strings and messages.
        var body = Encoding.Latin1.GetString([.. "k8s\0"u8, 0x0a, 0x0f, 0x0a, 0x02, .. "v1"u8, 0x12, 0x09, .. "ConfigMap"u8, 0x12, 0x10, 0x0a, 0x05, 0x0a, 0x03, .. "abc"u8, 0x12, 0x07, 0x0a, 0x01, .. "k"u8, 0x12, 0x02, .. "vv"u8, 0x1a, 0x00, 0x22, 0x00]);
        return Mutations.Of(body);
    }

    private static void Applied(JsonObject patch)
    {
        if (TypeErrors.FindFirst(patch, PodSchema) is not null)
            return;
        var manager = new FieldManager("fuzz", "v1", DateTimeOffset.UnixEpoch);
        var first = ManagedFields.Apply(Live(), patch, manager, force: true, PodSchema);
        _ = ManagedFields.Apply(first, JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}""")!.AsObject(), manager, force: true, PodSchema);
    }

    private static void ManagedBy(JsonObject fields)
    {
        _ = FieldSet.FromJson(fields);
        var live = Live();
        live["metadata"]!["managedFields"] = new JsonArray(new JsonObject
        {
            ["manager"] = "m",
            ["operation"] = "Apply",
            ["apiVersion"] = "v1",
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = fields.DeepClone(),
        });
        _ = ManagedFields.Apply(live, JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}""")!.AsObject(), new FieldManager("m", "v1", DateTimeOffset.UnixEpoch), force: false, PodSchema);
    }
}
