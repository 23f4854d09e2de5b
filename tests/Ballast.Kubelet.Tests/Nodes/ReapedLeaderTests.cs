using Ballast.Client;
using Ballast.Client.LeaderElection;
using Ballast.Kubelet.Nodes;
using Ballast.Testing.Api;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Kubelet.Tests.Nodes;

public sealed class ReapedLeaderTests : IDisposable
{
    private readonly InMemoryApiServer _server = new();
    private readonly ApiClient _client;

    public ReapedLeaderTests() => _client = _server.CreateClient();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private Task HeldBy(string holder) => _client.Resources<V1Lease>().CreateAsync(new V1Lease
    {
        Metadata = new V1ObjectMeta { Name = "kube-scheduler", NamespaceProperty = "kube-system" },
        Spec = new V1LeaseSpec { HolderIdentity = holder, LeaseDurationSeconds = 15, LeaseTransitions = 3, RenewTime = DateTime.UtcNow, AcquireTime = DateTime.UtcNow },
    }, Cancel);

    private Task<V1Lease> Lease() => _client.Resources<V1Lease>().GetAsync("kube-system", "kube-scheduler", Cancel);

    private Task<bool> Release(string identity) =>
        ReapedLeader.ReleaseAsync(new LeaseLock(_client, "kube-system", "kube-scheduler", identity), TimeProvider.System, Cancel);

    [Fact]
    public async Task The_dead_leaders_lease_is_released()
    {
        await HeldBy("node-1_a");
        Assert.True(await Release("node-1_a"));
        var spec = (await Lease()).Spec;
        Assert.Equal(("", 1, 3), (spec.HolderIdentity ?? "", spec.LeaseDurationSeconds, spec.LeaseTransitions));
    }

    [Fact]
    public async Task Another_holders_lease_is_left_alone()
    {
        await HeldBy("node-2_b");
        Assert.False(await Release("node-1_a"));
        Assert.Equal("node-2_b", (await Lease()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task A_lease_that_changed_hands_meanwhile_is_left_alone()
    {
        await HeldBy("node-1_a");
        var taken = false;
        _server.AfterRequest = request =>
        {
            if (request.Method == HttpMethod.Get && !taken)
            {
                taken = true;
                var lease = _client.Resources<V1Lease>().GetAsync("kube-system", "kube-scheduler", Cancel).Result;
                _client.Resources<V1Lease>().UpdateAsync(lease with { Spec = lease.Spec with { HolderIdentity = "node-2_b" } }, Cancel).Wait(Cancel);
            }
        };
        await Assert.ThrowsAsync<HttpOperationException>(() => Release("node-1_a"));
        _server.AfterRequest = null;
        Assert.Equal("node-2_b", (await Lease()).Spec.HolderIdentity);
    }

    [Fact]
    public void The_command_says_what_was_led()
    {
        Assert.Equal(
            new ReapedLeader.Election("/etc/kubernetes/scheduler.conf", "kube-system", "kube-scheduler"),
            ReapedLeader.Election.Of(["kube-scheduler", "--kubeconfig=/etc/kubernetes/scheduler.conf", "--leader-elect=true"]));
        Assert.Equal(
            new ReapedLeader.Election("a.conf", "ns", "other"),
            ReapedLeader.Election.Of(["kube-controller-manager", "--kubeconfig", "a.conf", "--leader-elect-resource-namespace=ns", "--leader-elect-resource-name=other"]));
        Assert.Equal(
            new("a.conf", "kube-system", "kube-scheduler"),
            ReapedLeader.Election.Of(["/opt/ballast-0.2.0/ballast", "kube-scheduler", "--kubeconfig=a.conf"]));
        Assert.Null(ReapedLeader.Election.Of(["kube-scheduler", "--kubeconfig=a.conf", "--leader-elect=false"]));
        Assert.Null(ReapedLeader.Election.Of(["kube-apiserver", "--kubeconfig=a.conf"]));
    }
}
