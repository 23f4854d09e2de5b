using System.Diagnostics;
using System.Net;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;
using Ballast.Etcd;

namespace Ballast.Admin.Backups;

/// <summary>
/// A single etcd for oneself, to look at a snapshot as it would be restored. It has a folder of its own (0700), and listens for clients on loopback alone, with
/// certificates made for it. Disposing of it ends the process and removes the folder; where this process dies without, the etcd ends too, and the folder is left
/// for <see cref="RemoveLeftovers"/>. Keys that hang on leases go when those expire, as they would in the cluster.
/// </summary>
public sealed class ScratchEtcd : IAsyncDisposable
{
    private const string FolderPrefix = "etcd-scratch-";
    private const string Member = "scratch";

    /// <summary>For peers that never come: a socket in the working folder.</summary>
    private const string PeerUrl = "unix://peer:1";

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    /// <summary>Runs etcd until it ends, is told TERM on standard input, or standard input ends, as it does when the other side dies.</summary>
    private const string Guarded = """
        exec 3<&0 >>etcd.log 2>&1
        "$@" </dev/null 3<&- &
        etcd=$!
        { read -r how || how=KILL; kill -"$how" "$etcd"; } <&3 &
        exec 3<&-
        wait "$etcd"
        """;

    private readonly string _folder;
    private readonly TimeProvider _time;
    private Process? _process;
    private EtcdClient? _client;
    private bool _forceNewCluster;

    private ScratchEtcd(string folder, TimeProvider time)
    {
        (_folder, _time) = (folder, time);
        Tls = new(Path.Combine(folder, "ca.crt"), Path.Combine(folder, "client.crt"), Path.Combine(folder, "client.key"));
    }

    /// <summary>Where it serves clients: <c>https://127.0.0.1:PORT</c>. Another one after a restart.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>What a client needs to be let in.</summary>
    public EtcdTls Tls { get; }

    /// <summary>A client of it, which goes with it.</summary>
    public EtcdClient Client => _client ?? throw new InvalidOperationException("the scratch etcd does not run");

    /// <summary>Its data folder.</summary>
    public string Data => Path.Combine(_folder, "data");

    /// <summary>Restores the snapshot into a new etcd and starts that. Ends when it answers.</summary>
    /// <param name="snapshot">The file; <see cref="SnapshotFile.CheckAsync"/> tells better what may be wrong with it.</param>
    /// <param name="parent">The folder to make its own folder in.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Gives up, and leaves nothing.</param>
    /// <exception cref="ClusterException">etcdctl refuses the file, or etcd does not start from it, with what they say.</exception>
    public static Task<ScratchEtcd> FromSnapshotAsync(string snapshot, string parent, TimeProvider time, CancellationToken cancel) =>
        CreateAsync(parent, time, scratch => EtcdSnapshotRestore.RunAsync(snapshot, scratch.Data, Member, PeerUrl, [(Member, PeerUrl)], "scratch", cancel), cancel);

    /// <summary>
    /// Copies the data of a member that does not run, and makes a cluster of one member of it, with everything that had reached that member's disk. The original is
    /// only read.
    /// </summary>
    /// <param name="data">The member's data folder.</param>
    /// <param name="parent">The folder to make its own folder in.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Gives up, and leaves nothing.</param>
    /// <exception cref="ClusterException">etcd does not start from it, with what it says.</exception>
    public static Task<ScratchEtcd> FromDataAsync(string data, string parent, TimeProvider time, CancellationToken cancel) =>
        CreateAsync(parent, time, scratch =>
        {
            Copy(EtcdDataFolders.DataIn(data), EtcdDataFolders.DataIn(scratch.Data), cancel);
            scratch._forceNewCluster = true;
            return Task.CompletedTask;
        }, cancel);

    /// <summary>Ends etcd in order, lets its data folder be changed, and starts it again.</summary>
    public async Task EditAsync(Action<string> edit, CancellationToken cancel)
    {
        await StopAsync();
        edit(Data);
        await StartAsync(cancel);
    }

    /// <summary>Removes what commands left behind that were killed. None may be at work in this folder.</summary>
    public static void RemoveLeftovers(string parent)
    {
        foreach (var folder in Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, FolderPrefix + "*") : [])
            Directory.Delete(folder, recursive: true);
    }

    private static async Task<ScratchEtcd> CreateAsync(string parent, TimeProvider time, Func<ScratchEtcd, Task> fill, CancellationToken cancel)
    {
        AtomicFile.Folder(parent);
        var folder = Path.Combine(Path.GetFullPath(parent), FolderPrefix + Guid.NewGuid().ToString("N")[..12]);
        AtomicFile.Folder(folder);
        var scratch = new ScratchEtcd(folder, time);
        try
        {
            scratch.WriteCertificates();
            await fill(scratch);
            await scratch.StartAsync(cancel);
            return scratch;
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it with the data it has.</summary>
    /// <exception cref="ClusterException">etcd ends, or does not answer in time.</exception>
    private async Task StartAsync(CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Somebody else may take the port before etcd does.
            Endpoint = new Uri($"https://127.0.0.1:{LoopbackPort.Free()}");
            _client = new EtcdClient(new EtcdOptions([Endpoint]) { Tls = Tls }, _time);
            _process = Launch();
            if (await AnswersAsync(cancel))
            {
                _forceNewCluster = false;
                return;
            }
            await StopAsync();
            if (attempt == 3 || !LogTail().Contains("address already in use", StringComparison.Ordinal))
                throw new ClusterException($"etcd does not start with what was restored: {LogTail()}");
        }
    }

    /// <summary>Ends it in order, so that its data is whole on the disk.</summary>
    private async Task StopAsync()
    {
        _client?.Dispose();
        _client = null;
        if (_process is null)
            return;
        using var process = _process;
        _process = null;
        try
        {
            await process.StandardInput.WriteLineAsync("TERM");
            await process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended by itself.
        }
        await EndAsync(process, StopPatience);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _client = null;
        if (_process is { } process)
        {
            _process = null;
            process.StandardInput.Close();
            await EndAsync(process, StopPatience);
            process.Dispose();
        }
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync(Process process, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience, _time);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private Process Launch()
    {
        string[] command =
        [
            "etcd",
            $"--name={Member}",
            $"--data-dir={Data}",
            $"--listen-client-urls={Endpoint.OriginalString}",
            $"--advertise-client-urls={Endpoint.OriginalString}",
            $"--listen-peer-urls={PeerUrl}",
            $"--initial-advertise-peer-urls={PeerUrl}",
            $"--initial-cluster={Member}={PeerUrl}",
            "--client-cert-auth=true",
            $"--trusted-ca-file={Tls.CaFile}",
            $"--cert-file={Path.Combine(_folder, "server.crt")}",
            $"--key-file={Path.Combine(_folder, "server.key")}",
            "--quota-backend-bytes=8589934592",
            "--logger=zap",
            "--log-level=warn",
            .. _forceNewCluster ? ["--force-new-cluster"] : Array.Empty<string>(),
        ];
        // A session of its own: the terminal's interrupt is for the command, which ends it in its way.
        return Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Guarded, "sh", .. command]) { WorkingDirectory = _folder, RedirectStandardInput = true })
            ?? throw new InvalidOperationException("setsid did not start");
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        for (var start = _time.GetTimestamp(); !_process!.HasExited && _time.GetElapsedTime(start) < StartPatience;)
        {
            try
            {
                if ((await Client.Maintenance.StatusAsync(Endpoint, cancel)).Leader != 0)
                    return true;
            }
            catch (EtcdException)
            {
                // Not yet.
            }
            await Task.Delay(PollEvery, _time, cancel);
        }
        return false;
    }

    private void WriteCertificates()
    {
        using var ca = CertificateAuthority.LoadOrCreate(Path.Combine(_folder, "ca"), "etcd-ca", KeyAlgorithm.EcdsaP256, _time);
        Write("server", new CertificateSpec(Member) { Server = true, Client = true, Addresses = [IPAddress.Loopback] });
        Write("client", new CertificateSpec("ballast") { Client = true });

        void Write(string name, CertificateSpec spec)
        {
            var pair = ca.Issue(spec, KeyAlgorithm.EcdsaP256, _time);
            AtomicFile.Write(Path.Combine(_folder, name + ".key"), pair.KeyPem, AtomicFile.Secret);
            AtomicFile.Write(Path.Combine(_folder, name + ".crt"), pair.CertificatePem, AtomicFile.Public);
        }
    }

    private static void Copy(string from, string to, CancellationToken cancel)
    {
        AtomicFile.Folder(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            AtomicFile.Folder(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            cancel.ThrowIfCancellationRequested();
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    private string LogTail() => File.Exists(Path.Combine(_folder, "etcd.log")) ? string.Join(' ', File.ReadLines(Path.Combine(_folder, "etcd.log")).TakeLast(3)) : "it said nothing";
}
