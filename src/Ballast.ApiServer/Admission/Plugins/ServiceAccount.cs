using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>Every pod runs as a service account that exists, and finds its token, the cluster's CA and its namespace in a volume.</summary>
internal sealed class ServiceAccount(AdmissionObjects objects, TimeProvider time) : IMutatingAdmission, IValidatingAdmission
{
    private const string MirrorPod = "kubernetes.io/config.mirror";
    private const string DefaultName = "default";
    private const string VolumePrefix = "kube-api-access-";
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    // A new namespace gets its default account a moment later.
    private const int Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly GroupResource Accounts = new("", "serviceaccounts");

    public string Name => "ServiceAccount";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        // A mirror pod is shown as the kubelet runs it: nothing is added.
        if (!attributes.Is("", "pods") || attributes.Document is not { } pod || IsMirror(pod))
            return;
        var spec = pod.ObjectAt("spec");
        if (spec.StringAt("serviceAccountName") is null or "")
        {
            var name = spec.StringAt("serviceAccount") is { Length: > 0 } old ? old : DefaultName;
            spec["serviceAccountName"] = name;
            spec["serviceAccount"] = name;
        }
        var account = await AccountOfAsync(attributes, spec, cancel);
        if (spec.BoolAt("automountServiceAccountToken") ?? account.BoolAt("automountServiceAccountToken") ?? true)
            MountToken(spec);
        if (spec["imagePullSecrets"] is not JsonArray { Count: > 0 } && account["imagePullSecrets"] is JsonArray { Count: > 0 } secrets)
            spec["imagePullSecrets"] = secrets.DeepClone();
    }

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "pods") || attributes.Document is not { } pod)
            return;
        var spec = pod["spec"] as JsonObject ?? [];
        if (IsMirror(pod))
        {
            CheckMirror(attributes, spec);
            return;
        }
        if (spec.StringAt("serviceAccountName") is null or "")
            throw attributes.Forbid($"no service account specified for pod {attributes.Request.Namespace}/{pod.Name}");
        _ = await AccountOfAsync(attributes, spec, cancel);
    }

    private static bool IsMirror(JsonObject pod) => pod.Annotations?.ContainsKey(MirrorPod) == true;

    private static void CheckMirror(AdmissionAttributes attributes, JsonObject spec)
    {
        if (spec.StringAt("serviceAccountName") is { Length: > 0 })
            throw attributes.Forbid("a mirror pod may not reference service accounts");
        if (PodReferences.Secrets(spec).Any())
            throw attributes.Forbid("a mirror pod may not reference secrets");
        if (PodReferences.ProjectedSources(spec).Any(s => s["serviceAccountToken"] is not null))
            throw attributes.Forbid("a mirror pod may not use ServiceAccountToken volume projections");
    }

    private async Task<JsonObject> AccountOfAsync(AdmissionAttributes attributes, JsonObject spec, CancellationToken cancel)
    {
        var (ns, name) = (attributes.Request.Namespace, spec.StringAt("serviceAccountName")!);
        for (var attempt = 1; ; attempt++)
        {
            if (await objects.FindAsync(Accounts, ns, name, cancel) is { } account)
                return account;
            if (attempt == Attempts)
                throw attributes.Forbid($"error looking up service account {ns}/{name}: serviceaccount \"{name}\" not found");
            await Task.Delay(Pause, time, cancel);
        }
    }

    private static void MountToken(JsonObject spec)
    {
        var volumes = spec["volumes"] as JsonArray;
        var present = volumes?.OfType<JsonObject>().Select(v => v.StringAt("name") ?? "").FirstOrDefault(n => n.StartsWith(VolumePrefix, StringComparison.Ordinal));
        var volume = present ?? VolumePrefix + RandomNumberGenerator.GetString(NameAlphabet, 5);
        var mounted = false;
        foreach (var container in PodReferences.Items(spec, "initContainers").Concat(PodReferences.Items(spec, "containers")))
        {
            if (PodReferences.Items(container, "volumeMounts").Any(m => m.StringAt("mountPath") == MountPath))
                continue;
            if (container["volumeMounts"] is not JsonArray mounts)
                container["volumeMounts"] = mounts = [];
            mounts.Add((JsonNode)new JsonObject { ["name"] = volume, ["readOnly"] = true, ["mountPath"] = MountPath });
            mounted = true;
        }
        if (!mounted || present is not null)
            return;
        if (volumes is null)
            spec["volumes"] = volumes = [];
        volumes.Add((JsonNode)new JsonObject { ["name"] = volume, ["projected"] = TokenVolume() });
    }

    private static JsonObject TokenVolume() => new()
    {
        ["sources"] = new JsonArray(
            new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = 3607, ["path"] = "token" } },
            new JsonObject
            {
                ["configMap"] = new JsonObject
                {
                    ["name"] = "kube-root-ca.crt",
                    ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }),
                },
            },
            new JsonObject
            {
                ["downwardAPI"] = new JsonObject
                {
                    ["items"] = new JsonArray(new JsonObject
                    {
                        ["path"] = "namespace",
                        ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" },
                    }),
                },
            }),
        ["defaultMode"] = 420,
    };
}
