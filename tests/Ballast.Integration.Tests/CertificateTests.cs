using System.Text.Json.Nodes;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>Certificates are replaced under a running cluster, and nobody notices.</summary>
[Collection(OneCluster.Name)]
public sealed class CertificateTests(ClusterFixture fixture) : ClusterTest(fixture)
{
    [Fact]
    public async Task All_certificates_are_renewed_under_load_without_a_restart()
    {
        var processes = await ProcessesAsync();
        var before = await SerialsAsync();
        await using var load = FollowingLoad.Start(Cluster.Kubeconfig);
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Answered > 20), TimeSpan.FromSeconds(20), "the load runs");

        (await Cluster.BallastAsync("certs", "renew", "all")).MustSucceed();
        var renewed = load.Answered;
        // Servers look at their files every ten seconds.
        await TestCluster.EventuallyAsync(async () => await ServedAsync() is { } served && served.All(s => !before.Contains(s)), TimeSpan.FromSeconds(20), "every API server serves its new certificate");
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Answered > renewed + 50), TimeSpan.FromSeconds(20), "the load goes on");

        Assert.True(load.Failures.Count == 0, string.Join("\n", load.Failures));
        Assert.Equal(processes, await ProcessesAsync());
        Assert.Empty((await Cluster.StatusAsync())["problems"]!.AsArray());
        await Cluster.KubectlAsync("delete", "configmaps", "--field-selector", "metadata.name!=kube-root-ca.crt", "--wait=false");
    }

    [Fact]
    public async Task Expirations_are_told_for_every_host_and_mistakes_in_one_sentence()
    {
        var all = JsonNode.Parse((await Cluster.BallastAsync("certs", "check-expiration", "-o", "json")).MustSucceed().Output)!.AsArray();
        Assert.Equal(6, all.Select(c => (string)c!["host"]!).Distinct().Count());
        Assert.All(all, c => Assert.True((long)c!["residualTime"]! > 0));
        Assert.Equal(15, all.Count(c => (string)c!["host"]! == "control-plane-1"));
        var wrong = await Cluster.BallastAsync("certs", "renew", "apserver");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("there is no certificate \"apserver\": choose one of admin.conf, apiserver,", wrong.Error, StringComparison.Ordinal);
    }

    private async Task<string[]> ProcessesAsync() =>
        [.. (await Cluster.StatusAsync())["hosts"]!.AsArray().SelectMany(h => h!["components"]!.AsArray().Select(c => $"{h["name"]} {c!["name"]} {c["processId"]}"))];

    /// <summary>The serial numbers of the API servers' certificates in their files.</summary>
    private async Task<HashSet<string>> SerialsAsync()
    {
        var serials = new HashSet<string>();
        foreach (var host in ControlPlanes)
            serials.Add((await Shell.RunAsync("openssl", ["x509", "-noout", "-serial", "-in", Path.Combine(Cluster.HostFolder(host), "etc/kubernetes/pki/apiserver.crt")])).MustSucceed().Output.Trim());
        return serials;
    }

    /// <summary>The serial numbers of the certificates that they serve.</summary>
    private async Task<string[]> ServedAsync()
    {
        var backends = (await Cluster.StatusAsync())["backends"]!.AsArray().Select(b => (string)b!["address"]!);
        return await Task.WhenAll(backends.Select(async address =>
            (await Shell.RunAsync("sh", ["-c", $"openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509 -noout -serial"])).MustSucceed().Output.Trim()));
    }

    private static string[] ControlPlanes => ["control-plane-1", "control-plane-2", "control-plane-3"];
}

/// <summary>The CAs are replaced under load; the command is killed in the middle.</summary>
[Trait("Category", "Long")]
public sealed class CaRotationTests
{
    [Fact]
    public async Task The_CAs_are_rotated_under_load_although_the_command_is_killed()
    {
        await using var cluster = await TestCluster.UpAsync("--control-planes", "3", "--workers", "1");
        var old = await File.ReadAllTextAsync(Path.Combine(cluster.HostFolder("control-plane-2"), "etc/kubernetes/pki/ca.crt"), TestContext.Current.CancellationToken);
        var oldAdmin = Path.Combine(cluster.HostFolder("control-plane-1"), "old-admin.conf");
        File.Copy(cluster.Kubeconfig, oldAdmin);
        await using var load = FollowingLoad.Start(cluster.Kubeconfig);
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Answered > 20), TimeSpan.FromSeconds(20), "the load runs");

        await cluster.BallastKilledAfterAsync(TimeSpan.FromSeconds(5 + Random.Shared.Next(40)), "certs", "rotate-ca");
        var over = await cluster.BallastAsync(TimeSpan.FromMinutes(6), "certs", "rotate-ca");
        over.MustSucceed();
        var rotated = load.Answered;
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Answered > rotated + 50), TimeSpan.FromSeconds(20), "the load goes on");

        Assert.True(load.Failures.Count == 0, string.Join("\n", load.Failures));
        Assert.Empty((await cluster.StatusAsync())["problems"]!.AsArray());
        foreach (var host in new[] { "control-plane-1", "control-plane-2", "control-plane-3", "worker-1", "load-balancer" })
        {
            var bundle = await File.ReadAllTextAsync(Path.Combine(cluster.HostFolder(host), "etc/kubernetes/pki/ca.crt"), TestContext.Current.CancellationToken);
            Assert.NotEqual(old, bundle);
            Assert.Equal(2, bundle.Split("BEGIN CERTIFICATE").Length);
        }
        var refused = await Shell.RunAsync("kubectl", ["--kubeconfig", oldAdmin, "--insecure-skip-tls-verify", "get", "namespaces"]);
        Assert.NotEqual(0, refused.Code);
        await cluster.KubectlAsync("create", "deployment", "after-rotation", "--image=x", "--replicas=2");
        await TestCluster.EventuallyAsync(async () => await cluster.KubectlAsync("get", "deployment", "after-rotation", "-o", "jsonpath={.status.readyReplicas}") == "2",
            TimeSpan.FromSeconds(30), "a Deployment's pods run");
    }
}
