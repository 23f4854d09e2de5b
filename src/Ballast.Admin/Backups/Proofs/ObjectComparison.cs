using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Backups.Proofs;

/// <summary>Reads objects through an API server and compares them with what a snapshot holds.</summary>
/// <param name="api">An administrator's client.</param>
/// <param name="snapshotRevision">What was changed after it was changed by the server itself.</param>
internal sealed class ObjectComparison(ApiClient api, long snapshotRevision)
{
    private readonly Dictionary<string, V1APIResourceList> _discovered = [];

    /// <param name="stored">The object as it was stored.</param>
    /// <param name="modRevision">Of its last change.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Null where they are the same; else the difference, in one clause.</returns>
    public async Task<string?> DifferenceAsync(JsonObject stored, long modRevision, CancellationToken cancel)
    {
        var (apiVersion, kind) = ((string?)stored["apiVersion"] ?? "", (string?)stored["kind"] ?? "");
        var (ns, name) = ((string?)stored["metadata"]?["namespace"], (string?)stored["metadata"]?["name"] ?? "");
        var called = $"{kind} {(ns is null ? "" : ns + "/")}{name}";
        if (await PathAsync(apiVersion, kind, ns, name, cancel) is not { } path)
            return $"{called} is stored, and the API has no kind {kind} in {apiVersion}";
        JsonObject? served;
        try
        {
            served = JsonObject.Create(await api.GetAsync<JsonElement>(path, cancel));
        }
        catch (HttpOperationException refused) when (!cancel.IsCancellationRequested)
        {
            return $"{called} is not served: {refused.Words}";
        }
        if ((string?)served?["metadata"]?["uid"] != (string?)stored["metadata"]?["uid"])
            return $"{called} has the uid {served?["metadata"]?["uid"]}, and was stored with {stored["metadata"]?["uid"]}";
        var revision = long.TryParse((string?)served?["metadata"]?["resourceVersion"], out var number) ? number : 0;
        if (revision > snapshotRevision)
            return null; // A fresh server mends what is its own.
        if (revision != modRevision)
            return $"{called} has the resourceVersion {revision}, and was stored at {modRevision}";
        served!["metadata"]!.AsObject().Remove("resourceVersion");
        (stored["metadata"] as JsonObject)?.Remove("resourceVersion");
        return JsonNode.DeepEquals(stored, served) ? null : $"{called} is served other than it was stored";
    }

    private async Task<string?> PathAsync(string apiVersion, string kind, string? ns, string name, CancellationToken cancel)
    {
        var root = apiVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{apiVersion}" : $"api/{apiVersion}";
        if (!_discovered.TryGetValue(root, out var resources))
        {
            try
            {
                _discovered[root] = resources = await api.GetAsync<V1APIResourceList>(root, cancel);
            }
            catch (HttpOperationException e) when (e.IsNotFound)
            {
                return null;
            }
        }
        var resource = resources.Resources.FirstOrDefault(r => r.Kind == kind && !r.Name.Contains('/', StringComparison.Ordinal));
        return resource is null ? null : $"{root}/{(resource.Namespaced ? $"namespaces/{ns}/" : "")}{resource.Name}/{Uri.EscapeDataString(name)}";
    }
}
