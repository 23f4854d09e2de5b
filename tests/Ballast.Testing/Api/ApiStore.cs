using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.Testing.Api;

/// <summary>
/// The objects of the in-memory API and their life: resourceVersions, generations, preconditions, finalizers, grace periods.
/// Not thread-safe: <see cref="InMemoryApiServer"/> holds its lock around every call.
/// </summary>
internal sealed class ApiStore(TimeProvider time)
{
    private readonly Dictionary<(GroupResource, string Namespace, string Name), JsonObject> _objects = [];
    private readonly List<ApiChange> _changes = [];
    private int _names;

    public long Version { get; private set; } = 100;

    /// <summary>Watches from before this version are refused.</summary>
    public long Compacted { get; private set; }

    public event Action<ApiChange>? Changed;

    public IEnumerable<JsonObject> List(GroupResource resource, string ns) => _objects
        .Where(o => o.Key.Item1 == resource && (ns.Length == 0 || o.Key.Namespace == ns))
        .OrderBy(o => o.Key.Namespace, StringComparer.Ordinal).ThenBy(o => o.Key.Name, StringComparer.Ordinal)
        .Select(o => o.Value);

    public JsonObject Get(GroupResource resource, string ns, string name) =>
        _objects.GetValueOrDefault((resource, ns, name)) ?? throw StatusException.NotFound(resource, name);

    public IEnumerable<ApiChange> ChangesAfter(GroupResource resource, long version) =>
        version < Compacted
            ? throw StatusException.Expired($"too old resource version: {version} ({Compacted})")
            : _changes.Where(c => c.Resource == resource && c.Version > version);

    public void Compact()
    {
        Compacted = Version;
        _changes.Clear();
    }

    /// <returns>Puts back what there is now: objects have the versions they had, the store's goes on beyond all there were, and history is forgotten.</returns>
    public Action Snapshot()
    {
        var saved = _objects.ToDictionary(o => o.Key, o => (JsonObject)o.Value.DeepClone());
        return () =>
        {
            const int Raised = 1000;
            _objects.Clear();
            foreach (var (key, item) in saved)
                _objects[key] = (JsonObject)item.DeepClone();
            Version += Raised;
            Compact();
        };
    }

    public JsonObject Create(ApiKind kind, string ns, JsonObject item)
    {
        var resource = kind.Resource.GroupResource;
        if (ns.Length > 0)
            item.Namespace = ns;
        if (item.Name.Length == 0 && item.Metadata.StringAt("generateName") is { } prefix)
            item.Name = $"{prefix}{++_names:x5}";
        if (item.Name.Length == 0)
            throw StatusException.BadRequest("name or generateName is required");
        if (_objects.ContainsKey((resource, item.Namespace, item.Name)))
            throw StatusException.AlreadyExists(resource, item.Name);
        if (ns.Length > 0 && _objects.TryGetValue((new("", "namespaces"), "", ns), out var home) && home.IsBeingDeleted)
            throw Terminating(resource, item.Name, ns);
        item["apiVersion"] = kind.Resource.GroupVersion.ToString();
        item["kind"] = kind.Kind;
        item.Metadata["uid"] = Guid.NewGuid().ToString();
        item.Metadata["creationTimestamp"] = KubernetesTime.Format(time.GetUtcNow());
        item.Generation = 1;
        if (kind.Kind == "Namespace")
            item.ObjectAt("spec").SetDefault("finalizers", new JsonArray("kubernetes"));
        if (kind.Kind == "Pod")
            item.ObjectAt("status").SetDefault("phase", "Pending");
        return Write(resource, null, item);
    }

    public JsonObject Update(GroupResource resource, string ns, JsonObject item, string subresource)
    {
        var old = Get(resource, ns, item.Name);
        if (item.ResourceVersion.Length > 0 && item.ResourceVersion != old.ResourceVersion)
            throw StatusException.Modified(resource, item.Name);
        if (item.Uid.Length > 0 && item.Uid != old.Uid)
            throw StatusException.Conflict(resource, item.Name, $"Precondition failed: UID in precondition: {item.Uid}, UID in object meta: {old.Uid}");
        var next = (JsonObject)(subresource.Length == 0 ? item : old).DeepClone();
        if (subresource.Length > 0)
        {
            var part = subresource is "status" or "approval" ? "status" : "spec";
            Put(next, part, item[part]);
        }
        else if (old.ContainsKey("spec"))
            Put(next, "status", old["status"]);
        foreach (var field in (string[])["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "namespace"])
            Put(next.Metadata, field, old.MetadataOrNull?[field]);
        if (!JsonNode.DeepEquals(next["spec"], old["spec"]))
            next.Generation = old.Generation + 1;
        next.ResourceVersion = old.ResourceVersion;
        next["apiVersion"] = old.ApiVersion;
        next["kind"] = old.Kind;
        if (next.IsBeingDeleted && IsDone(next))
            return Remove(resource, old, next);
        return JsonNode.DeepEquals(next, old) ? old : Write(resource, old, next);
    }

    public JsonObject Delete(GroupResource resource, string ns, string name, JsonObject? options)
    {
        var old = Get(resource, ns, name);
        var preconditions = options?["preconditions"] as JsonObject;
        if (preconditions?.StringAt("uid") is { } uid && uid != old.Uid)
            throw StatusException.Conflict(resource, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.Uid}");
        if (preconditions?.StringAt("resourceVersion") is { } version && version != old.ResourceVersion)
            throw StatusException.Conflict(resource, name, $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {old.ResourceVersion}");
        var next = (JsonObject)old.DeepClone();
        var finalizers = next.Finalizers.Except(["orphan", "foregroundDeletion"]).ToList();
        finalizers.AddRange(options?.StringAt("propagationPolicy") switch
        {
            "Orphan" => ["orphan"],
            "Foreground" => ["foregroundDeletion"],
            null => old.Finalizers.Intersect(["orphan", "foregroundDeletion"]),
            _ => [],
        });
        next.Metadata["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
        var grace = options?.LongAt("gracePeriodSeconds") ?? (IsRunningPod(old) ? (old["spec"] as JsonObject)!.LongAt("terminationGracePeriodSeconds") ?? 30 : 0);
        if (!IsRunningPod(old))
            grace = 0;
        // The kubelet's last word: a shorter grace period, none at all, replaces the one the pod is going with.
        if (next.IsBeingDeleted)
            next.Metadata["deletionGracePeriodSeconds"] = grace;
        if (grace == 0 && IsDone(next))
            return Remove(resource, old, next);
        if (!next.IsBeingDeleted)
        {
            next.Metadata["deletionTimestamp"] = KubernetesTime.Format(time.GetUtcNow().AddSeconds(grace));
            next.Generation = old.Generation + 1;
        }
        next.Metadata["deletionGracePeriodSeconds"] = grace;
        if (next.Kind == "Namespace")
            next.ObjectAt("status")["phase"] = "Terminating";
        return JsonNode.DeepEquals(next, old) ? old : Write(resource, old, next);
    }

    private static bool IsRunningPod(JsonObject item) =>
        item.Kind == "Pod" && (item["spec"] as JsonObject)?.StringAt("nodeName") is { Length: > 0 }
        && (item["status"] as JsonObject)?.StringAt("phase") is not ("Succeeded" or "Failed");

    private static bool IsDone(JsonObject item) =>
        !item.Finalizers.Any()
        && (item.Kind != "Namespace" || !((item["spec"] as JsonObject)?.StringsAt("finalizers") ?? []).Any())
        && (!IsRunningPod(item) || item.MetadataOrNull?.LongAt("deletionGracePeriodSeconds") is null or 0);

    private static void Put(JsonObject target, string field, JsonNode? value)
    {
        if (value is null)
            target.Remove(field);
        else
            target[field] = value.DeepClone();
    }

    private static StatusException Terminating(GroupResource resource, string name, string ns)
    {
        var error = StatusException.Forbidden(resource, name, $"unable to create new content in namespace {ns} because it is being terminated");
        error.Details!["causes"] = new JsonArray(new JsonObject
        {
            ["reason"] = "NamespaceTerminating", ["message"] = $"namespace {ns} is being terminated", ["field"] = "metadata.namespace",
        });
        return error;
    }

    private JsonObject Write(GroupResource resource, JsonObject? old, JsonObject next)
    {
        next.ResourceVersion = (++Version).ToString(CultureInfo.InvariantCulture);
        _objects[(resource, next.Namespace, next.Name)] = next;
        Tell(new(resource, Version, old, next, IsDeletion: false));
        return next;
    }

    private JsonObject Remove(GroupResource resource, JsonObject old, JsonObject last)
    {
        last.ResourceVersion = (++Version).ToString(CultureInfo.InvariantCulture);
        _objects.Remove((resource, old.Namespace, old.Name));
        Tell(new(resource, Version, old, last, IsDeletion: true));
        return last;
    }

    private void Tell(ApiChange change)
    {
        _changes.Add(change);
        Changed?.Invoke(change);
    }
}
