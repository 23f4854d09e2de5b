using Ballast.ComponentBase.Commands;
using Ballast.ControllerManager.BootstrapSigning;
using Ballast.ControllerManager.CertificateApproval;
using Ballast.ControllerManager.CertificateCleaning;
using Ballast.ControllerManager.CertificateSigning;
using Ballast.ControllerManager.ClusterRoleAggregation;
using Ballast.ControllerManager.Deployments;
using Ballast.ControllerManager.Disruption;
using Ballast.ControllerManager.Endpoints;
using Ballast.ControllerManager.EndpointSlices;
using Ballast.ControllerManager.GarbageCollection;
using Ballast.ControllerManager.Namespaces;
using Ballast.ControllerManager.Nodes;
using Ballast.ControllerManager.PodGarbageCollection;
using Ballast.ControllerManager.ReplicaSets;
using Ballast.ControllerManager.RootCertificates;
using Ballast.ControllerManager.ServiceAccounts;
using Ballast.ControllerManager.TaintEviction;
using Ballast.ControllerManager.TokenCleaning;
using Ballast.ControllerManager.TtlAfterFinished;

namespace Ballast.ControllerManager;

/// <summary>Every controller there is, one line each, and which of them <c>--controllers</c> selects.</summary>
public static class KnownControllers
{
    public static readonly IReadOnlyList<ControllerDescriptor> All =
    [
        new("serviceaccount-controller", "serviceaccount", "service-account-controller", c => new ServiceAccountController(c)),
        new("root-ca-certificate-publisher-controller", "root-ca-cert-publisher", "root-ca-cert-publisher",
            c => c.Options.RootCertificates is { } pem ? new RootCertificatePublisher(c, pem) : null),
        new("namespace-controller", "namespace", "namespace-controller", c => new NamespaceController(c)),
        new("deployment-controller", "deployment", "deployment-controller", c => new DeploymentController(c)),
        new("replicaset-controller", "replicaset", "replicaset-controller", c => new ReplicaSetController(c)),
        new("endpoints-controller", "endpoint", "endpoint-controller", c => new EndpointsController(c)),
        new("endpointslice-controller", "endpointslice", "endpointslice-controller", c => new EndpointSliceController(c)),
        new("garbage-collector-controller", "garbagecollector", "generic-garbage-collector",
            c => c.Options.EnableGarbageCollector ? new GarbageCollector(c) : null),
        new("node-lifecycle-controller", "nodelifecycle", "node-controller", c => new NodeLifecycleController(c)),
        new("taint-eviction-controller", "taint-eviction-controller", "node-controller", c => new TaintEvictionController(c)),
        new("disruption-controller", "disruption", "disruption-controller", c => new DisruptionController(c)),
        new("clusterrole-aggregation-controller", "clusterrole-aggregation", "clusterrole-aggregation-controller", c => new ClusterRoleAggregationController(c)),
        new("ttl-after-finished-controller", "ttl-after-finished", "ttl-after-finished-controller", c => new TtlAfterFinishedController(c)),
        new("pod-garbage-collector-controller", "podgc", "pod-garbage-collector", c => new PodGarbageCollector(c)),
        new("certificatesigningrequest-approving-controller", "csrapproving", "certificate-controller", c => new CertificateApprover(c)),
        new("certificatesigningrequest-signing-controller", "csrsigning", "certificate-controller",
            c => c.Options.Signing.IsEnabled ? new CertificateSigner(c) : null),
        new("certificatesigningrequest-cleaner-controller", "csrcleaner", "certificate-controller", c => new CertificateCleaner(c)),
        new("bootstrap-signer-controller", "bootstrapsigner", "bootstrap-signer", c => new BootstrapSigner(c)) { IsOffByDefault = true },
        new("token-cleaner-controller", "tokencleaner", "token-cleaner", c => new TokenCleaner(c)) { IsOffByDefault = true },
    ];

    /// <summary>Upstream's other controllers: names that manifests may carry. They do not run here.</summary>
    public static readonly IReadOnlySet<string> NotHere = new HashSet<string>
    {
        "cloud-node-lifecycle-controller", "cloud-node-lifecycle",
        "cronjob-controller", "cronjob", "daemonset-controller", "daemonset",
        "device-taint-eviction-controller", "endpointslice-mirroring-controller", "endpointslicemirroring",
        "ephemeral-volume-controller", "ephemeral-volume", "horizontal-pod-autoscaler-controller", "horizontalpodautoscaling",
        "job-controller", "job", "kube-apiserver-serving-clustertrustbundle-publisher-controller", "legacy-serviceaccount-token-cleaner-controller",
        "legacy-service-account-token-cleaner", "node-ipam-controller", "nodeipam", "node-route-controller", "route",
        "persistentvolume-attach-detach-controller", "attachdetach", "persistentvolume-binder-controller", "persistentvolume-binder",
        "persistentvolume-expander-controller", "persistentvolume-expander", "persistentvolume-protection-controller", "pv-protection",
        "persistentvolumeclaim-protection-controller", "pvc-protection", "podcertificaterequest-cleaner-controller",
        "replicationcontroller-controller", "replicationcontroller", "resourceclaim-controller", "resource-claim-controller",
        "resourcequota-controller", "resourcequota", "selinux-warning-controller", "service-cidr-controller", "service-lb-controller", "service",
        "serviceaccount-token-controller", "serviceaccount-token", "statefulset-controller", "statefulset", "storage-version-migrator-controller",
        "storageversion-garbage-collector-controller", "storage-version-gc", "ttl-controller", "ttl", "validatingadmissionpolicy-status-controller", "volumeattributesclass-protection-controller",
    };

    /// <summary>The controllers that the flag's list selects: <c>*</c> (all that are on by default), names, and names with a minus.</summary>
    /// <exception cref="UsageException">A name that no controller has.</exception>
    public static IReadOnlyList<ControllerDescriptor> Select(IReadOnlyList<string> flag)
    {
        foreach (var item in flag.Select(Bare))
        {
            if (item != "*" && !NotHere.Contains(item) && !All.Any(d => d.Name == item || d.Alias == item))
                throw new UsageException($"\"{item}\" is not in the list of known controllers", 2);
        }
        return [.. All.Where(d => !Names(d, "-") && ((flag.Contains("*") && !d.IsOffByDefault) || Names(d, "")))];

        bool Names(ControllerDescriptor d, string prefix) => flag.Contains(prefix + d.Name) || flag.Contains(prefix + d.Alias);
    }

    private static string Bare(string item) => item.TrimStart('-', '+');
}
