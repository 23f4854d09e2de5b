using System.Net;
using Ballast.Client;
using Ballast.ComponentBase.Commands;
using Ballast.Kubelet.Configuration;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Hollow;
using Ballast.Kubelet.Runtimes.Processes;
using Ballast.Testing;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Kubelet.Tests.Api;

/// <summary>A whole kubelet against an API server in memory.</summary>
public sealed class KubeletTests : IAsyncLifetime
{
    private const string Manifest = """
        apiVersion: v1
        kind: Pod
        metadata: {name: sleeper, namespace: kube-system, labels: {tier: test}}
        spec:
          hostNetwork: true
          containers:
          - {name: sleeper, image: image, command: [sleep, "1000"]}
        """;

    private readonly TempFolder _folder = new();
    private readonly InMemoryApiServer _server = new();
    private readonly ApiClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly ProcessRuntime _processes;
    private Task _running = Task.CompletedTask;

    public KubeletTests()
    {
        _client = _server.CreateClient();
        Directory.CreateDirectory(_folder["manifests"]);
        _processes = new ProcessRuntime(_folder["process"], "node-1", "127.0.0.1", TimeProvider.System, NullLogger<ProcessRuntime>.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ResourceClient<V1Pod> Pods => _client.Resources<V1Pod>();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        foreach (var sandbox in _processes.ListPodSandboxes())
            await _processes.StopPodSandboxAsync(sandbox.Id, CancellationToken.None);
        await _processes.DisposeAsync();
        _client.Dispose();
        _server.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    private void Run()
    {
        var options = new KubeletOptions(
            "node-1", IPAddress.Loopback, "kubelet.conf", _folder.Path, _folder["logs"], _folder["manifests"], TimeSpan.FromSeconds(20),
            new NodeOptions(true, [new V1Taint { Key = "dedicated", Value = "a", Effect = "NoSchedule" }], new Dictionary<string, string> { ["topology.kubernetes.io/zone"] = "zone-1" },
                new Dictionary<string, string> { ["cpu"] = "64" }, 250, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(40)),
            IPAddress.Loopback, 0, "", "", null, "hollow://", "process://", IPNetwork.Parse("10.244.7.0/24"));
        var runtimes = new RuntimeSet(_processes, new HollowRuntime(options.PodCidr, "127.0.0.1", TimeProvider.System));
        _running = new Kubelet(options, runtimes, _client, new ComponentContext(NullLoggerFactory.Instance, TimeProvider.System)).RunAsync(_stop.Token);
    }

    private async Task<V1Pod?> Until(string ns, string name, Func<V1Pod?, bool> holds, string what)
    {
        V1Pod? pod = null;
        await Eventually.TrueAsync(async () => holds(pod = await Pods.FindAsync(ns, name, Cancel)), what);
        return pod;
    }

    private static bool IsReady(V1Pod? pod) => pod?.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true;

    [Fact]
    public async Task The_node_registers_and_shows_a_sign_of_life()
    {
        Run();
        V1Node? node = null;
        await Eventually.TrueAsync(async () => (node = await _client.Resources<V1Node>().FindAsync(null, "node-1", Cancel)) is not null, "the node");
        Assert.Equal(("zone-1", "node-1", "linux"),
            (node!.Metadata.Labels["topology.kubernetes.io/zone"], node.Metadata.Labels["kubernetes.io/hostname"], node.Metadata.Labels["kubernetes.io/os"]));
        Assert.Equal(("dedicated", "10.244.7.0/24"), (Assert.Single(node.Spec.Taints).Key, node.Spec.PodCIDR));
        Assert.Equal(("64", "250"), (node.Status.Capacity["cpu"].ToString(), node.Status.Allocatable["pods"].ToString()));
        Assert.Equal(("KubeletReady", "True"), (node.Status.Conditions.Single(c => c.Type == "Ready").Reason, node.Status.Conditions.Single(c => c.Type == "Ready").Status));
        Assert.Equal([("InternalIP", "127.0.0.1"), ("Hostname", "node-1")], node.Status.Addresses.Select(a => (a.Type, a.Address)));
        Assert.Equal(("hollow://0.1.0", "v1.36.2"), (node.Status.NodeInfo.ContainerRuntimeVersion, node.Status.NodeInfo.KubeletVersion));
        V1Lease? lease = null;
        await Eventually.TrueAsync(async () => (lease = await _client.Resources<V1Lease>().FindAsync("kube-node-lease", "node-1", Cancel)) is not null, "the lease");
        Assert.Equal(("node-1", 40), (lease!.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds));
    }

    [Fact]
    public async Task A_static_pod_runs_without_a_server_and_is_mirrored_once_there_is_one()
    {
        var away = true;
        _server.Intercept = (_, _) => Volatile.Read(ref away) ? throw new HttpRequestException("connection refused") : Task.FromResult<HttpResponseMessage?>(null);
        await File.WriteAllTextAsync(_folder["manifests/sleeper.yaml"], Manifest, Cancel);
        Run();
        await Eventually.TrueAsync(() => _processes.ListPodSandboxes().Count == 1, "the pod");
        Volatile.Write(ref away, false);

        var mirror = await Until("kube-system", "sleeper-node-1", IsReady, "the mirror pod's readiness");
        Assert.Equal(mirror!.Metadata.Annotations["kubernetes.io/config.hash"], mirror.Metadata.Annotations["kubernetes.io/config.mirror"]);
        Assert.Equal(("Node", "node-1"), (mirror.Metadata.OwnerReferences.Single().Kind, mirror.Metadata.OwnerReferences.Single().Name));
        Assert.Equal(("Running", "127.0.0.1", "test"), (mirror.Status.Phase, mirror.Status.PodIP, mirror.Metadata.Labels["tier"]));

        // Someone deletes the mirror: it comes back, with its status, and the pod has not noticed.
        var container = mirror.Status.ContainerStatuses.Single().ContainerID;
        await Pods.DeleteAsync("kube-system", "sleeper-node-1", new V1DeleteOptions { GracePeriodSeconds = 0 }, Cancel);
        var again = await Until("kube-system", "sleeper-node-1", p => IsReady(p) && p!.Metadata.Uid != mirror.Metadata.Uid, "another mirror pod");
        Assert.Equal(container, again!.Status.ContainerStatuses.Single().ContainerID);

        File.Delete(_folder["manifests/sleeper.yaml"]);
        await Until("kube-system", "sleeper-node-1", p => p is null, "the end of the mirror pod");
        Assert.Empty(_processes.ListPodSandboxes());
    }

    [Fact]
    public async Task An_ordinary_pod_runs_until_it_is_deleted_and_the_deletion_is_confirmed()
    {
        Run();
        var pod = Build.Pod(isStatic: false);
        pod.Metadata.Annotations = null;
        pod.Metadata.Uid = null;
        pod.Spec.TerminationGracePeriodSeconds = 30;
        await Pods.CreateAsync(pod, Cancel);
        var running = await Until("default", "pod", IsReady, "readiness");
        Assert.StartsWith("10.244.7.", running!.Status.PodIP, StringComparison.Ordinal);
        Assert.Equal(5, running.Status.Conditions.Count);
        await Pods.DeleteAsync("default", "pod", null, Cancel);
        await Until("default", "pod", p => p is null, "the end");
    }

    private Task CreatePodAsync()
    {
        var pod = Build.Pod(isStatic: false);
        pod.Metadata.Annotations = null;
        pod.Metadata.Uid = null;
        return Pods.CreateAsync(pod, Cancel);
    }

    [Fact]
    public async Task A_status_that_a_restore_undid_is_written_again()
    {
        await CreatePodAsync();
        var restore = _server.Snapshot();
        Run();
        await Until("default", "pod", IsReady, "readiness");
        restore();
        Assert.False(IsReady(await Pods.FindAsync("default", "pod", Cancel)));
        await Until("default", "pod", IsReady, "readiness in the restored state");
    }

    [Fact]
    public async Task A_status_that_another_wrote_is_set_right()
    {
        Run();
        await CreatePodAsync();
        await Until("default", "pod", IsReady, "readiness");
        await Pods.MergePatchAsync("default", "pod", new { status = new { phase = "Unknown", message = "lost" } }, Cancel, subresource: "status");
        await Until("default", "pod", p => p!.Status is { Phase: "Running", Message: null }, "the true status");
    }
}
