using System.CommandLine;
using System.Net;
using Ballast.Admin.Backups.Proofs;
using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.LeaderElection;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;
using Ballast.ComponentBase.Health;
using Ballast.ComponentBase.Serving;
using Ballast.Etcd;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Admin.Backups.Schedules;

/// <summary><c>ballast backup-controller</c>: one on each control plane, of which one leads and takes the backups.</summary>
public static class BackupControllerCommand
{
    private const string Component = BackupSettings.Component;

    public static Command Create() => ComponentCommand.Create(Component, "Takes backups of etcd on a schedule and proves each by restoring it.", flags =>
    {
        var declared = new Flags(flags);
        return (context, cancel) => RunAsync(declared, context, cancel);
    });

    /// <returns>The exit code: 0 after a signal, 1 after leadership was lost.</returns>
    private static async Task<int> RunAsync(Flags flags, ComponentContext context, CancellationToken cancel)
    {
        // What it starts is not of this host: it is nobody's etcd and nobody's API server.
        Environment.SetEnvironmentVariable(HostProcesses.Marker, null);
        try
        {
            var settings = (Schedule: BackupSchedule.Parse(flags.Schedule.Value), Election: flags.LeaderElection.Options);
            var host = new HostPaths(flags.RootDirectory.Value);
            BackupKey.Read(flags.Key.Value);
            RemoveLeftovers(host.BackupScratch, context.Logs.CreateLogger<BackupController>());
            using var client = ClientFactory.Create(flags.Kubeconfig.Value, Component);
            await using var events = new EventRecorder(client, Component, "", context.Time, context.Logs.CreateLogger<EventRecorder>());
            var lease = new LeaseLock(client, flags.LeaderElection.ResourceNamespace, flags.LeaderElection.ResourceName, LeaseLock.NewIdentity(Environment.MachineName), events);
            var elector = new LeaderElector(lease, settings.Election, flags.LeaderElection.ResourceName, context.Time, Random.Shared, context.Logs.CreateLogger<LeaderElector>());

            using var target = new GuardedTarget(BackupTarget.Open(flags.Target.Value, flags.S3Credentials.Value), () => elector.MayAct);
            using var etcd = new EtcdClient(flags.Etcd, context.Time);
            var store = new BackupStore(target, context.Time);
            var proof = new SnapshotProof(Environment.ProcessPath!, host.BackupScratch, new LoggedSteps(context.Logs.CreateLogger<SnapshotProof>()), context.Time, Random.Shared, flags.EtcdPrefix.Value);
            var work = new BackupWork(store, etcd, host, flags.Key.Value, proof, context.Time);
            var reports = new BackupReports(events, new V1ObjectReference
            {
                ApiVersion = "coordination.k8s.io/v1", Kind = "Lease", NamespaceProperty = flags.LeaderElection.ResourceNamespace, Name = flags.LeaderElection.ResourceName,
            }, context.Logs.CreateLogger<BackupController>());
            var controller = new BackupController(settings.Schedule, flags.Keep.Value, store, work, reports, context.Time);

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var check = new HealthCheck("leaderElection", _ => ValueTask.FromResult(elector.Check(TimeSpan.FromSeconds(20))));
            var served = Server(flags, check, context).RunAsync(context, stop.Token);
            var led = elector.RunAsync(controller.RunAsync, stop.Token);
            await Task.WhenAny(served, led);
            await stop.CancelAsync();
            var end = await led;
            if (end == LeadershipEnd.StillActing)
                Environment.Exit(1);
            await served;
            // A leader that is one no more starts over as a fresh process.
            return end == LeadershipEnd.Stopped ? 0 : 1;
        }
        catch (ClusterException wrong)
        {
            throw new UsageException(wrong.Message, wrong.ExitCode);
        }
        catch (k8s.Exceptions.KubeConfigException wrong)
        {
            throw new UsageException($"--kubeconfig={flags.Kubeconfig.Value}: {wrong.Message}");
        }
    }

    /// <summary>What the process before this one left, where it was killed.</summary>
    private static void RemoveLeftovers(string scratch, ILogger logger)
    {
        try
        {
            if (Directory.Exists(scratch))
                Directory.Delete(scratch, recursive: true);
        }
        catch (IOException busy)
        {
            // Its scratch servers are just ending; the next start finds what they leave.
            logger.LogInformation("Not everything that was left in {Folder} could be removed: {Reason}", scratch, busy.Message);
        }
    }

    private static ComponentServer Server(Flags flags, HealthCheck check, ComponentContext context)
    {
        var address = IPAddress.TryParse(flags.BindAddress.Value, out var parsed) ? parsed : throw new UsageException($"--bind-address: \"{flags.BindAddress.Value}\" is not an IP address", 2);
        var authority = flags.ClientCa.Value.Length == 0 ? null : CertificateAuthorities.FromFlag(flags.ClientCa.Name, flags.ClientCa.Value, context);
        return new ComponentServer(new SecureServing(address, flags.SecurePort.Value, SecureServing.CertificateFrom("", "", Component, address, context)) { RequestClientCertificate = authority is not null },
            [check], http => authority?.Trusts(http) == true);
    }

    private sealed class Flags(FlagSet flags)
    {
        private readonly Flag<IReadOnlyList<string>> _etcd = flags.StringSlice("etcd-servers", [], "The client URLs of the etcd members.");
        private readonly Flag<string> _etcdCa = flags.String("etcd-cafile", "", "The CA of the etcd members.");
        private readonly Flag<string> _etcdCertificate = flags.String("etcd-certfile", "", "The client certificate for etcd.");
        private readonly Flag<string> _etcdKey = flags.String("etcd-keyfile", "", "The key of --etcd-certfile.");

        public Flag<string> BindAddress { get; } = flags.String("bind-address", "0.0.0.0", "The IP address on which to listen for the --secure-port port.");

        public Flag<string> ClientCa { get; } = flags.String("client-ca-file", "", "Clients with a certificate signed by this CA may read /metrics.");

        public Flag<string> EtcdPrefix { get; } = flags.String("etcd-prefix", ClusterEtcd.DefaultPrefix, "The prefix of all resource paths in etcd, as the API server has it.");

        public Flag<int> Keep { get; } = flags.Int("keep", 28, "How many backups are kept, besides the last that is proven.");

        public Flag<string> Key { get; } = flags.String("key", "", "The file with the operator's key, which seals the PKI in the backups.");

        public Flag<string> Kubeconfig { get; } = flags.String("kubeconfig", "", "Path to kubeconfig file with authorization and master location information.");

        public LeaderElectionFlags LeaderElection { get; } = new(flags, Component);

        public Flag<string> RootDirectory { get; } = flags.String("root-dir", "/", "The folder below which this control plane's files are.");

        public Flag<string> S3Credentials { get; } = flags.String("s3-credentials", "", "The file with the credentials of --target, where it is a bucket.");

        public Flag<string> Schedule { get; } = flags.String("schedule", "", "When a backup is due: cron's five fields, in UTC.");

        public Flag<int> SecurePort { get; } = flags.Int("secure-port", 10261, "The port on which to serve HTTPS.");

        public Flag<string> Target { get; } = flags.String("target", "", "Where backups go: a folder that all control planes share, or a bucket as https://HOST/BUCKET/PREFIX.");

        public EtcdOptions Etcd => new([.. _etcd.Value.Select(u => new Uri(u))]) { Tls = _etcdCa.Value.Length == 0 ? null : new(_etcdCa.Value, _etcdCertificate.Value, _etcdKey.Value) };
    }
}
