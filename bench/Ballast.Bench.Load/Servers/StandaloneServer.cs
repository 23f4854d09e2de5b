using System.Diagnostics;
using System.Net;
using Ballast.Admin;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Manifests;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;
using Ballast.Bench.Load.Api;
using Ballast.Bench.Load.Measuring;
using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load.Servers;

/// <summary>
/// One API server and one etcd on a loopback address of their own, with the files and flags that a control-plane host has. Disposing ends them and removes
/// their folder.
/// </summary>
internal sealed class StandaloneServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly List<ChildProcess> _children = [];
    private readonly HostPaths _paths;
    private readonly ControlPlaneManifests _manifests;
    private readonly ClusterSpec _spec;
    private readonly string _program;

    private StandaloneServer(string program)
    {
        _program = program;
        var address = FreeAddress();
        var host = new ClusterHost("bench", HostRole.ControlPlane, address.ToString(), "zone-1");
        _spec = new ClusterSpec
        {
            Name = "bench",
            ControlPlanes = 1,
            Workers = 0,
            Topology = Topology.Stacked,
            Zones = 1,
            KeyAlgorithm = KeyAlgorithm.EcdsaP256,
            Subnet = 0,
            // Nothing stands before the one server: its own address is the endpoint.
            Hosts = [new("endpoint", HostRole.LoadBalancer, host.Address, ""), host],
        };
        _paths = new HostPaths(Directory.CreateTempSubdirectory("ballast-bench-").FullName);
        _manifests = new ControlPlaneManifests(_paths, host.Name, address, BallastVersion.Text);
        var files = new HostFiles(_spec.Configuration, new(host.Name, address, _paths), TimeProvider.System);
        files.Pki.EnsureShared();
        files.ControlPlaneCertificates();
        files.EtcdCertificates();
        WriteKubeconfigs(files);
    }

    /// <summary>No load balancer runs on this host: each goes to the one server there is.</summary>
    private void WriteKubeconfigs(HostFiles files)
    {
        using var ca = files.Pki.ClusterCa();
        foreach (var (file, user) in HostFiles.ControlPlaneUsers)
            files.KubeconfigFor(user, onHost: false).Ensure(_paths.Kubeconfig(file), ca.CertificatePem, () => ca.Issue(user, _spec.KeyAlgorithm, TimeProvider.System));
    }

    /// <summary>From the start of the API server's process until it is ready, on an empty etcd.</summary>
    public Figures StartFigures { get; private set; } = new();

    /// <summary>Of a cluster administrator.</summary>
    public string Kubeconfig => _paths.Kubeconfig("super-admin.conf");

    /// <param name="program">The <c>ballast</c> program.</param>
    /// <param name="kubeApiServer">The API server to measure instead of the program's own; null for that.</param>
    /// <param name="cancel">Ends the wait; what was started is ended too.</param>
    public static async Task<StandaloneServer> StartAsync(string program, string? kubeApiServer, CancellationToken cancel)
    {
        var server = new StandaloneServer(program);
        try
        {
            await server.StartServersAsync(kubeApiServer, cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a controller manager and a scheduler beside it.</summary>
    public void StartControllers()
    {
        Start(_program, _manifests.KubeControllerManager(_spec.Name, ClusterSpec.ServiceRange, ClusterSpec.PodRange).Command);
        Start(_program, _manifests.KubeScheduler().Command);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in Enumerable.Reverse(_children))
            await child.StopAsync(StopTimeout);
        Directory.Delete(_paths.Root, recursive: true);
    }

    private async Task StartServersAsync(string? kubeApiServer, CancellationToken cancel)
    {
        var etcd = _manifests.Etcd([.. _spec.EtcdHosts.Select(h => (h.Name, $"https://{h.Address}:2380"))]).Command;
        Start("etcd", etcd);
        var address = _spec.ControlPlaneHosts.First().Address;
        using (var plain = new HttpClient())
            await UntilAsync("etcd", async () => (await plain.GetAsync(new Uri($"http://{address}:2381/health"), cancel)).IsSuccessStatusCode, cancel);

        var started = Stopwatch.GetTimestamp();
        Start(kubeApiServer ?? _program, _manifests.KubeApiServer(_spec.EtcdUrls, ClusterSpec.ServiceRange).Command);
        using var api = ApiTarget.FromKubeconfig(Kubeconfig, null).Connect();
        await UntilAsync("kube-apiserver", async () => await api.GetAsync("/readyz", cancel) > 0, cancel);
        StartFigures = new()
        {
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
            CpuMilliseconds = new ServerProcesses([_children[^1].Id]).Cpu?.TotalMilliseconds,
        };
    }

    /// <param name="program">A file. The program of this project takes the component's name as its first argument; others are that component.</param>
    /// <param name="command">As a static pod has it: the component's name, then its flags.</param>
    private void Start(string program, IReadOnlyList<string> command) =>
        _children.Add(ChildProcess.Start(program, program == _program ? command : command.Skip(1), Path.Combine(_paths.Logs, command[0] + ".log")));

    private async Task UntilAsync(string component, Func<Task<bool>> isReady, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await isReady())
                    return;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or ApiException)
            {
                // it is starting
            }
            if (_children[^1].HasExited || Stopwatch.GetElapsedTime(started) > StartTimeout)
                throw new WorkloadException($"{component} did not become ready; its log ends:\n{_children[^1].LogTail()}");
            await Task.Delay(5, cancel);
        }
    }

    /// <summary>A loopback address on which nobody has the ports of a control plane.</summary>
    private static IPAddress FreeAddress()
    {
        for (var last = 1; last < 255; last++)
        {
            IPAddress address = new([127, 0, 251, (byte)last]);
            if (new[] { 2379, 2380, 2381, 6443, 10257, 10259 }.All(port => SubnetClaims.IsFree(address, port)))
                return address;
        }
        throw new WorkloadException("every address from 127.0.251.1 to 127.0.251.254 is in use");
    }
}
