using System.Globalization;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>etcd holds every secret of the cluster: nobody reaches it but who has a certificate of its CA, and nowhere but at its host's address.</summary>
[Collection(OneCluster.Name)]
public sealed class EtcdExposureTests(ClusterFixture fixture)
{
    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Without_a_client_certificate_of_its_CA_there_is_no_answer()
    {
        var pki = Path.Combine(Cluster.HostFolder("control-plane-1"), "etc/kubernetes/pki");
        foreach (var member in (await Cluster.StatusAsync())["etcd"]!.AsArray().Select(m => (string)m!["endpoint"]!))
        {
            string[] health = ["--silent", "--max-time", "5", "--cacert", $"{pki}/etcd/ca.crt", $"{member}/health"];
            Assert.NotEqual(0, (await Shell.RunAsync("curl", health)).Code);
            // One of the cluster's CA is a stranger's here.
            Assert.NotEqual(0, (await Shell.RunAsync("curl", ["--cert", $"{pki}/apiserver-kubelet-client.crt", "--key", $"{pki}/apiserver-kubelet-client.key", .. health])).Code);
            Assert.Equal(0, (await Shell.RunAsync("curl", ["--cert", $"{pki}/apiserver-etcd-client.crt", "--key", $"{pki}/apiserver-etcd-client.key", .. health])).Code);
            Assert.NotEqual(0, (await Shell.RunAsync("curl", ["--silent", "--max-time", "5", member.Replace("https", "http", StringComparison.Ordinal) + "/health"])).Code);
        }
    }

    [Fact]
    public async Task It_listens_on_the_addresses_of_its_hosts_alone()
    {
        var members = (await Cluster.StatusAsync())["hosts"]!.AsArray().Where(h => (string)h!["role"]! == "control-plane")
            .ToDictionary(h => (string)h!["address"]!, h => (int)h!["components"]!.AsArray().Single(c => (string)c!["name"]! == "etcd")!["processId"]!);
        foreach (var (address, process) in members)
        {
            var listening = Listening(process).ToList();
            Assert.NotEmpty(listening);
            Assert.All(listening, l => Assert.Equal(address, l));
        }
    }

    /// <summary>The addresses of the sockets that a process listens on.</summary>
    private static IEnumerable<string> Listening(int process)
    {
        var sockets = Directory.EnumerateFiles($"/proc/{process}/fd").Select(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.Name ?? "")
            .Where(name => name.StartsWith("socket:[", StringComparison.Ordinal)).Select(name => name["socket:[".Length..^1]).ToHashSet();
        foreach (var line in File.ReadLines("/proc/net/tcp").Skip(1).Concat(File.ReadLines("/proc/net/tcp6").Skip(1)))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // 0A is LISTEN; the address is in the byte order of the machine.
            if (fields[3] == "0A" && sockets.Contains(fields[9]))
                yield return fields[1].Split(':')[0] is { Length: 8 } four ? string.Join('.', BitConverter.GetBytes(uint.Parse(four, NumberStyles.HexNumber, CultureInfo.InvariantCulture))) : "an address of IPv6";
        }
    }
}
