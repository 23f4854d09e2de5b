using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission;

/// <summary>The other objects that a pod's spec names.</summary>
internal static class PodReferences
{
    public static IEnumerable<JsonObject> Items(JsonObject parent, string field) => (parent[field] as JsonArray)?.OfType<JsonObject>() ?? [];

    public static IEnumerable<JsonObject> ProjectedSources(JsonObject spec) =>
        Items(spec, "volumes").SelectMany(v => Items(v["projected"] as JsonObject ?? [], "sources"));

    public static IEnumerable<string> Secrets(JsonObject spec) =>
        Named([
            .. Items(spec, "imagePullSecrets"),
            .. FromEnvironment(spec, "secretRef", "secretKeyRef"),
            .. ProjectedSources(spec).Select(s => s["secret"] as JsonObject),
            .. Items(spec, "volumes").SelectMany(v => v).SelectMany(source => new[] { "secretRef", "nodePublishSecretRef" }.Select(f => (source.Value as JsonObject)?[f] as JsonObject)),
        ]).Concat(Items(spec, "volumes").SelectMany(v => v).Select(source => (source.Value as JsonObject)?.StringAt("secretName")).OfType<string>());

    public static IEnumerable<string> ConfigMaps(JsonObject spec) =>
        Named([
            .. FromEnvironment(spec, "configMapRef", "configMapKeyRef"),
            .. ProjectedSources(spec).Select(s => s["configMap"] as JsonObject),
            .. Items(spec, "volumes").Select(v => v["configMap"] as JsonObject),
        ]);

    public static IEnumerable<string> Claims(JsonObject spec) =>
        Items(spec, "volumes").Select(v => (v["persistentVolumeClaim"] as JsonObject)?.StringAt("claimName")).OfType<string>();

    private static IEnumerable<JsonObject?> FromEnvironment(JsonObject spec, string all, string one)
    {
        foreach (var container in Items(spec, "initContainers").Concat(Items(spec, "containers")).Concat(Items(spec, "ephemeralContainers")))
        {
            foreach (var source in Items(container, "envFrom"))
                yield return source[all] as JsonObject;
            foreach (var variable in Items(container, "env"))
                yield return (variable["valueFrom"] as JsonObject)?[one] as JsonObject;
        }
    }

    private static IEnumerable<string> Named(IEnumerable<JsonObject?> references) => references.Select(r => r?.StringAt("name")).OfType<string>();
}
