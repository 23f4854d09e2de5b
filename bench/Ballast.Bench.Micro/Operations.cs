using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiServer.Endpoints;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;

namespace Ballast.Bench.Micro;

/// <summary>The steps of reads, writes and watches, on a pod with two containers.</summary>
internal static class Operations
{
    private const string Key = "ns/web";

    private static readonly byte[] Pod = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"ns","labels":{"app":"web","tier":"front"},"annotations":{"a":"b"}},"spec":{"containers":[{"name":"web","image":"nginx:1.27","ports":[{"containerPort":80}],"env":[{"name":"E","value":"v"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"128Mi"}},"livenessProbe":{"httpGet":{"path":"/","port":80}}},{"name":"log","image":"busybox","command":["sh","-c","sleep 1"]}],"volumes":[{"name":"v","emptyDir":{}}],"tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute"}]}}
        """u8.ToArray();

    private static readonly Schema Schema = SchemaCatalog.BuiltIn["io.k8s.api.core.v1.Pod"];
    private static readonly FieldManager Manager = new("bench", "v1", DateTimeOffset.UnixEpoch);
    private static readonly PodStrategy Strategy = new();

    private static readonly JsonObject Sent = Document(Encoding.UTF8.GetString(Pod));
    private static readonly JsonObject Live = ManagedFields.Apply(null, Sent, Manager, force: false, Schema);
    private static readonly JsonObject Change = Document("""{"metadata":{"labels":{"app":"other"}},"spec":{"containers":[{"name":"web","image":"nginx:1.28"}]}}""");
    private static readonly JsonArray ChangeSteps = JsonNode.Parse("""[{"op":"replace","path":"/spec/containers/0/image","value":"nginx:1.28"},{"op":"add","path":"/metadata/labels/x","value":"y"}]""")!.AsArray();
    private static readonly JsonObject Changed = StrategicMergePatch.Apply(Live.DeepClone().AsObject(), Change, Schema);
    private static readonly LabelSelector Selector = LabelSelector.Parse("app in (web, api),tier!=back");
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "web", ["tier"] = "front" };
    private static readonly byte[] Stored = Documents.Encode(Live);
    private static readonly Snapshot Many = Snapshot.From(Enumerable.Range(0, 3000).Select(i => new StoredObject($"ns/{i:D5}", i, Pod)));

    public static IReadOnlyList<Operation> All { get; } =
    [
        new("decode", 2500, () => RequestBody.Decode(Pod, BodyFormat.Json)),
        new("check types", 4600, () => TypeErrors.FindFirst(Sent, Schema)),
        new("copy", 7600, () => Copy(Sent)),
        new("defaults, and a copy", 12_200, () => Strategy.Default(Copy(Sent))),
        new("managed fields of an update, and a copy", 70_000, () => ManagedFields.TrackUpdate(Live, Copy(Changed), Manager, Schema)),
        new("apply that changes nothing", 95_000, () => ManagedFields.Apply(Live, Sent, Manager, force: false, Schema)),
        new("JSON patch, and a copy", 19_000, () => JsonPatch.Apply(Copy(Live), ChangeSteps)),
        new("merge patch, and a copy", 18_300, () => MergePatch.Apply(Copy(Live), Change)),
        new("strategic merge patch, and a copy", 32_500, () => StrategicMergePatch.Apply(Copy(Live), Change, Schema)),
        new("parse a selector", 4200, () => LabelSelector.Parse("app in (web, api),tier!=back")),
        new("match a selector", 0, () => Selector.Matches(Labels)),
        new("encode", 1500, () => Documents.Encode(Live)),
        new("an event's object from etcd's value", 1650, () => StoredObject.FromStored(Key, 123_456, Stored)),
        new("attributes of an object", 2150, () => _ = StoredObject.FromStored(Key, 123_456, Stored).Attributes),
        new("change of a snapshot of 3,000", 1350, () => Many.With(new StoredObject("ns/01500", 3001, Pod))),
        new("list from a snapshot of 3,000", 24_200, () => Many.Under("ns/").Take(3000)),
    ];

    private static JsonObject Document(string json) => JsonNode.Parse(json)!.AsObject();

    private static JsonObject Copy(JsonObject document) => document.DeepClone().AsObject();
}
