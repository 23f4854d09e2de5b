using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ballast.Etcd;

namespace Ballast.Testing.Etcd;

/// <summary>
/// Real etcd members on free loopback ports, with their data in a temporary folder. Disposing ends every process, also a paused one, and removes the data.
/// </summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder;

    private EtcdCluster(DirectoryInfo folder, IReadOnlyList<EtcdTestMember> members, EtcdTls? tls)
    {
        _folder = folder;
        Members = members;
        Tls = tls;
    }

    public IReadOnlyList<EtcdTestMember> Members { get; }

    /// <summary>The client's side of TLS; null for plain HTTP.</summary>
    public EtcdTls? Tls { get; }

    public EtcdOptions Options => new([.. Members.Select(m => m.ClientUrl)]) { Tls = Tls };

    public EtcdClient CreateClient(TimeProvider? time = null) => new(Options, time ?? TimeProvider.System);

    /// <summary>Starts the members and waits until every one answers and knows the leader.</summary>
    public static async Task<EtcdCluster> StartAsync(int members = 1, bool tls = false)
    {
        for (var attempt = 1; ; attempt++)
        {
            var cluster = Prepare(members, tls);
            try
            {
                foreach (var member in cluster.Members)
                    member.Start();
                await cluster.WaitUntilHealthyAsync();
                return cluster;
            }
            catch (Exception e) when (attempt < 4 && e is TimeoutException or InvalidOperationException)
            {
                await cluster.DisposeAsync(); // most likely another process took one of the ports
            }
        }
    }

    /// <summary>Waits until every running member answers and knows a leader.</summary>
    public async Task WaitUntilHealthyAsync()
    {
        using var client = CreateClient();
        using var timeout = new CancellationTokenSource(StartTimeout);
        foreach (var member in Members.Where(m => m.IsRunning))
        {
            while (!await IsHealthyAsync(client, member, timeout.Token))
            {
                if (!member.IsRunning)
                    throw new InvalidOperationException($"{member.Name} exited: {member.LogTail()}");
                if (timeout.IsCancellationRequested)
                    throw new TimeoutException($"{member.Name} did not become healthy: {member.LogTail()}");
                await Task.Delay(20);
            }
        }
    }

    /// <summary>The member that leads now.</summary>
    public async Task<EtcdTestMember> LeaderAsync(CancellationToken cancel)
    {
        using var client = CreateClient();
        while (true)
        {
            foreach (var member in Members.Where(m => m.IsRunning))
            {
                try
                {
                    if ((await client.Maintenance.StatusAsync(member.ClientUrl, cancel)).IsLeader)
                        return member;
                }
                catch (EtcdException)
                {
                    // not this one
                }
            }
            await Task.Delay(50, cancel);
        }
    }

    private static async Task<bool> IsHealthyAsync(EtcdClient client, EtcdTestMember member, CancellationToken cancel)
    {
        try
        {
            return (await client.Maintenance.StatusAsync(member.ClientUrl, cancel)).Leader != 0;
        }
        catch (Exception e) when (e is EtcdException or OperationCanceledException)
        {
            return false;
        }
    }

    private static EtcdCluster Prepare(int count, bool tls)
    {
        var folder = Directory.CreateTempSubdirectory("ballast-etcd-");
        var certificates = tls ? EtcdCertificates.Create(folder.FullName) : null;
        var ports = FreePorts(2 * count);
        var scheme = tls ? "https" : "http";
        var members = Enumerable.Range(0, count)
            .Select(i => new EtcdTestMember(
                string.Create(CultureInfo.InvariantCulture, $"etcd-{i + 1}"),
                folder.FullName,
                new Uri($"{scheme}://127.0.0.1:{ports[2 * i]}"),
                new Uri($"http://127.0.0.1:{ports[2 * i + 1]}"),
                certificates))
            .ToList();
        var initialCluster = string.Join(',', members.Select(m => $"{m.Name}={m.PeerUrl.OriginalString}"));
        foreach (var member in members)
            member.InitialCluster = initialCluster;
        return new EtcdCluster(folder, members, certificates?.Client);
    }

    private static int[] FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            return [.. sockets.Select(s => { s.Start(); return ((IPEndPoint)s.LocalEndpoint).Port; })];
        }
        finally
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
            await member.KillAsync();
        _folder.Delete(recursive: true);
    }
}
