using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;
using Ballast.Admin.Prerequisites;
using Ballast.Admin.Rollouts;
using Ballast.Admin.Tokens;
using Ballast.Admin.Upgrades;
using Ballast.Client;

namespace Ballast.Admin.Clusters;

/// <summary>
/// Makes a cluster on this machine, or mends one: what exists is kept, what is missing or stopped is made and started. Ends when every control-plane pod and
/// every node is Ready and the load balancer answers.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="program">Full path of the ballast executable, which the hosts' daemons run.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterUp(ClusterDirectory directory, string program, ISteps steps, TimeProvider time)
{
    /// <param name="options">What was asked for.</param>
    /// <param name="given">Names of the options that the user gave: an existing cluster must agree with those.</param>
    /// <param name="wait">How long all the waiting may take together.</param>
    /// <param name="cancel">Stops where it is; a later <c>up</c> goes on from there.</param>
    /// <exception cref="ClusterException">One sentence that says what stands in the way.</exception>
    public async Task<ClusterSpec> RunAsync(ClusterOptions options, IReadOnlySet<string> given, TimeSpan wait, CancellationToken cancel)
    {
        foreach (var warning in options.Check())
            steps.Warn(warning);
        if (!directory.Exists)
            options.CheckEndpoint();
        using var held = directory.Lock();
        ClusterSpec spec = null!;
        await steps.RunAsync("Check this machine", async token =>
        {
            spec = directory.Exists ? Existing(options, given) : New(options);
            await new DebianPackages(steps.Warn).EnsureAsync(["etcd-server", "etcd-client", .. spec.LoadBalancer == LoadBalancerKind.Haproxy ? HAProxyFront.Packages : []], token);
            return "";
        }, cancel);
        await steps.RunAsync("Write certificates, kubeconfigs and manifests", _ => Task.FromResult(WriteFiles(spec.Settled)), cancel);
        await steps.RunAsync("Start the hosts", token => StartHostsAsync(spec.Settled, token), cancel);

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(wait);
        using var readiness = new ClusterReadiness(spec.Settled, directory, time);
        try
        {
            await steps.RunAsync("Wait for the API servers", readiness.ApiServersAsync, deadline.Token);
            await steps.RunAsync("Set up access and roles", token => SetUpAsync(spec.Settled, token), deadline.Token);
            if (spec.Settled.Hosts.Count != spec.Hosts.Count)
            {
                deadline.CancelAfter(Timeout.InfiniteTimeSpan);
                readiness.Spec = spec = await ApiAnswers.OrSentenceAsync(() => new ClusterScaling(directory, program, steps, time).RunAsync(spec, cancel));
                deadline.CancelAfter(wait);
            }
            await steps.RunAsync("Wait for the nodes", readiness.NodesAsync, deadline.Token);
            await steps.RunAsync("Wait for the control-plane pods", readiness.ControlPlanePodsAsync, deadline.Token);
            if (spec.Front is null && !await readiness.EndpointAnswersAsync(cancel))
                steps.Warn($"nothing answers at {spec.Endpoint} yet: have it lead to {string.Join(", ", spec.ApiServers)}; ballast lb config haproxy{directory.Again} writes the configuration of HAProxy");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ClusterException($"not ready after {wait.TotalSeconds:0} s: {readiness.Waiting}")
            {
                Hint = $"look at: ballast status{directory.Again}; give it longer with --wait 5m; what is there is kept, so up can be run again",
            };
        }
        return spec;
    }

    /// <summary>The same objects that a cluster has whose hosts join one by one; so that more hosts may.</summary>
    private async Task<string> SetUpAsync(ClusterSpec spec, CancellationToken cancel)
    {
        var paths = directory.Paths(spec.ControlPlaneHosts.First());
        using var client = ClientFactory.Create(directory.OperatorKubeconfig(spec), "ballast");
        await ClusterObjects.EnsureAsync(client, spec.Configuration, cancel);
        await JoinAccess.EnsureAsync(client, new(spec.Endpoint, await File.ReadAllTextAsync(paths.Pki("ca.crt"), cancel)), cancel);
        foreach (var host in spec.ControlPlaneHosts)
            await ClusterObjects.MarkControlPlaneAsync(client, host.Name, TimeSpan.MaxValue, time, cancel);
        directory.MarkFormed();
        return "";
    }

    private ClusterSpec New(ClusterOptions options)
    {
        var claims = SubnetClaims.OfThisMachine();
        var spec = ClusterSpec.Create(options, claims.Claim(directory.Path));
        directory.Save(spec);
        return spec;
    }

    private ClusterSpec Existing(ClusterOptions options, IReadOnlySet<string> given)
    {
        var spec = directory.Load();
        RefuseChanges(spec, options, given);
        SubnetClaims.OfThisMachine().Renew(spec.Subnet, directory.Path);
        if (directory.WasFormed)
            RefuseLostData(spec.Settled);
        var scaled = spec.Scaled(
            given.Contains("--control-planes") ? options.ControlPlanes : spec.ControlPlanes, given.Contains("--workers") ? options.Workers : spec.Workers)
            with { LoadBalancer = given.Contains("--load-balancer") ? options.LoadBalancer : spec.LoadBalancer };
        RefuseForeignListeners(scaled);
        if (!directory.WasFormed && scaled.Settled.Hosts.Count != scaled.Hosts.Count)
            throw new ClusterException($"the cluster \"{spec.Name}\" has never been ready: hosts cannot be added or removed yet") { Hint = $"ballast up{directory.Again}" };
        directory.Save(scaled);
        return scaled;
    }

    private void RefuseChanges(ClusterSpec spec, ClusterOptions options, IReadOnlySet<string> given)
    {
        // Certificates and kubeconfigs name the endpoint: what is behind it may change, but it may not.
        var moves = options.LoadBalancer != spec.LoadBalancer && (options.LoadBalancer == LoadBalancerKind.External || spec.Front is null);
        foreach (var (option, has, asked, differs) in new (string, object, object?, bool)[]
        {
            ("--topology", spec.Topology, options.Topology, spec.Topology != options.Topology),
            ("--zones", spec.Zones, options.Zones, spec.Zones != options.Zones),
            ("--key-algorithm", spec.KeyAlgorithm, options.KeyAlgorithm, spec.KeyAlgorithm != options.KeyAlgorithm),
            ("--load-balancer", spec.LoadBalancer, options.LoadBalancer, moves),
            ("--control-plane-endpoint", spec.Endpoint["https://".Length..], options.ControlPlaneEndpoint, spec.ControlPlaneEndpoint != options.ControlPlaneEndpoint),
        })
        {
            if (given.Contains(option) && differs)
            {
                throw new ClusterException($"the cluster \"{spec.Name}\" was made with {option} {Words(has)}, not {Words(asked)}: up changes the number of hosts of a cluster, and nothing else but HAProxy for the builtin load balancer or back", 2)
                {
                    Hint = $"leave {option} out, choose another --name, or end this cluster first: ballast down{directory.Again}",
                };
            }
        }

        static string Words(object? value) => value?.ToString()!.ToLowerInvariant() ?? "none";
    }

    /// <summary>A member that comes back with an empty folder under its old name would vote with a memory it has lost.</summary>
    private void RefuseLostData(ClusterSpec spec)
    {
        var lost = spec.EtcdHosts.Where(h => !Directory.Exists(Path.Combine(directory.Paths(h).EtcdData, "member"))).ToArray();
        if (lost.Length > 0)
        {
            throw new ClusterException($"the etcd data of {string.Join(", ", lost.Select(h => h.Name))} is gone from {directory.Paths(lost[0]).EtcdData}: a member must not come back under its name without its data")
            {
                Hint = lost.Length <= (spec.EtcdHosts.Count() - 1) / 2
                    ? $"put the folder back, or give the host a new member while the others run: ballast etcd replace {lost[0].Name}{directory.Again}"
                    : spec.EtcdHosts.Except(lost).FirstOrDefault() is { } left
                        ? $"put the folder back, or go on with what is left: ballast etcd recover --from {left.Name}{directory.Again}"
                        : $"put the folder back, or restore a snapshot: ballast etcd snapshot restore FILE{directory.Again}",
            };
        }
        var first = spec.ControlPlaneHosts.First();
        foreach (var file in ControlPlanePki.SharedFiles.Where(f => !File.Exists(directory.Paths(first).Pki(f))))
        {
            if (spec.ControlPlaneHosts.FirstOrDefault(h => File.Exists(directory.Paths(h).Pki(file))) is not { } other)
                throw new ClusterException($"{directory.Paths(first).Pki(file)} is gone, and no other control plane has a copy: the cluster's certificates could not be verified any more; put the file back");
            new ControlPlanePki(directory.Paths(first), spec.KeyAlgorithm, time).CopyShared(directory.Paths(other), f => f == file);
        }
    }

    /// <summary>A host that does not run must find its addresses free.</summary>
    private void RefuseForeignListeners(ClusterSpec spec)
    {
        foreach (var host in spec.Hosts.Where(h => directory.Processes(h).List().Count == 0))
        {
            foreach (var port in Ports(host.Role))
            {
                if (!SubnetClaims.IsFree(host.IPAddress, port))
                    throw new ClusterException($"the address {host.Address}:{port} of {host.Name} is in use by another program: stop that one first");
            }
        }
    }

    private static int[] Ports(HostRole role) => role switch
    {
        HostRole.LoadBalancer => [6443, HostBalancer.StatusPort],
        HostRole.Etcd => [2379, 2380],
        HostRole.ControlPlane => [6443, HostBalancer.Port, HostBalancer.StatusPort, 2379, 2380, 10250, 10257, 10259],
        _ => [HostBalancer.Port, HostBalancer.StatusPort, 10250],
    };

    private string WriteFiles(ClusterSpec spec)
    {
        new ClusterHostFiles(spec, directory, time).Ensure();
        foreach (var host in spec.Hosts)
        {
            MendPrograms(spec, host);
            foreach (var sentence in OpenKeys.On(directory.Paths(host)))
                steps.Warn(sentence);
        }
        return $"{spec.Hosts.Count} hosts in {directory.Path}";
    }

    /// <summary>A manifest names the build that an upgrade took its component to; where that build is gone, this one takes its place.</summary>
    private void MendPrograms(ClusterSpec spec, ClusterHost host)
    {
        var self = new Host(host.Name, host.IPAddress, directory.Paths(host));
        foreach (var (component, file) in HostRollout.Components.Select(c => (c, self.Paths.Manifest(c))).Where(m => File.Exists(m.Item2)))
        {
            var current = File.ReadAllText(file);
            if (ManifestDifference.ProgramOf(ManifestDifference.Parse(current)) is { } named && !File.Exists(named))
                AtomicFile.Write(file, new UpgradedManifests(self, spec.Configuration, program, spec.EtcdUrls, time).Of(component, current), AtomicFile.Secret);
        }
    }

    private async Task<string> StartHostsAsync(ClusterSpec spec, CancellationToken cancel)
    {
        if (spec.Front is { } front)
            await new FrontChange(spec, front, directory.Paths(front), program, time).RunAsync(cancel);
        var started = spec.Hosts.Count(host => new HostDaemons(spec, host, directory.Paths(host), program).EnsureRunning());
        return started == spec.Hosts.Count ? $"{started} started" : $"{started} started, {spec.Hosts.Count - started} were running";
    }
}
