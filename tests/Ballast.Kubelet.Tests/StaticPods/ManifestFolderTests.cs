using Ballast.Kubelet.StaticPods;
using Ballast.Testing;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Kubelet.Tests.StaticPods;

public sealed class ManifestFolderTests : IDisposable
{
    private const string Manifest = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: etcd
          namespace: kube-system
          labels: {tier: control-plane}
        spec:
          containers:
          - name: etcd
            image: etcd:3.6
            resources: {requests: {cpu: 100m}}
            livenessProbe: {httpGet: {host: 127.0.0.1, port: probe-port, path: /livez}}
        """;

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, V1Pod> _pods = [];
    private readonly ManifestFolder _manifests;

    public ManifestFolderTests() =>
        _manifests = new ManifestFolder(_folder.Path, "Node-1", TimeSpan.FromHours(1), TimeProvider.System, NullLogger<ManifestFolder>.Instance);

    public void Dispose() => _folder.Dispose();

    private void Read() => _manifests.Read(p => { lock (_pods) _pods.Add(p.Metadata.Uid, p); }, uid => { lock (_pods) Assert.True(_pods.Remove(uid)); });

    private void Write(string name, string text) => File.WriteAllText(_folder[name], text);

    [Fact]
    public void A_manifest_is_a_pod_of_this_node()
    {
        Write("etcd.yaml", Manifest);
        Read();
        var pod = Assert.Single(_pods).Value;
        Assert.Equal(("etcd-node-1", "kube-system", "Node-1"), (pod.Metadata.Name, pod.Metadata.NamespaceProperty, pod.Spec.NodeName));
        Assert.Equal(("file", pod.Metadata.Uid), (pod.Metadata.Annotations["kubernetes.io/config.source"], pod.Metadata.Annotations["kubernetes.io/config.hash"]));
        Assert.Matches("^[0-9a-f]{32}$", pod.Metadata.Uid);
        Assert.Equal(("probe-port", 0.1m), (pod.Spec.Containers[0].LivenessProbe.HttpGet.Port.Value, pod.Spec.Containers[0].Resources.Requests["cpu"].ToDecimal()));
        Assert.Contains(pod.Spec.Tolerations, t => t is { OperatorProperty: "Exists", Effect: "NoExecute" });
    }

    [Fact]
    public void Json_will_do()
    {
        Write("pod.json", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"b"}]}}""");
        Read();
        Assert.Equal("default", Assert.Single(_pods).Value.Metadata.NamespaceProperty);
    }

    [Fact]
    public void Another_content_is_another_pod_and_the_same_content_the_same()
    {
        Write("etcd.yaml", Manifest);
        Read();
        var before = _pods.Keys.Single();
        Read();
        Assert.Equal([before], _pods.Keys);
        Write("etcd.yaml", Manifest.Replace("3.6", "3.7", StringComparison.Ordinal));
        Read();
        Assert.NotEqual(before, Assert.Single(_pods).Key);
        File.Delete(_folder["etcd.yaml"]);
        Read();
        Assert.Empty(_pods);
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: a}")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}, {name: a}]}")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: 7}")]
    public void A_broken_manifest_is_skipped_and_does_not_stop_its_pod(string broken)
    {
        Write("broken.yaml", broken);
        Write("etcd.yaml", Manifest);
        Read();
        var before = Assert.Single(_pods).Key;
        Write("etcd.yaml", broken);
        Read();
        Assert.Equal([before], _pods.Keys);
        Write("etcd.yaml", Manifest);
        Read();
        Assert.Equal([before], _pods.Keys);
    }

    [Fact]
    public void Hidden_files_and_second_claims_are_left_alone()
    {
        Write(".etcd.yaml.swp", Manifest);
        Write("a.yaml", Manifest);
        Write("b.yaml", Manifest + "\n# The same pod.");
        Read();
        Assert.Single(_pods);
    }

    [Fact]
    public async Task Changes_are_seen_within_seconds()
    {
        using var stop = new CancellationTokenSource();
        var ready = new TaskCompletionSource();
        var running = _manifests.RunAsync(p => { lock (_pods) _pods.Add(p.Metadata.Uid, p); }, uid => { lock (_pods) _pods.Remove(uid); }, ready.SetResult, stop.Token);
        await ready.Task;
        Write("etcd.yaml", Manifest);
        await Eventually.TrueAsync(() => { lock (_pods) return _pods.Count == 1; }, "the pod");
        File.Delete(_folder["etcd.yaml"]);
        await Eventually.TrueAsync(() => { lock (_pods) return _pods.Count == 0; }, "its end");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
