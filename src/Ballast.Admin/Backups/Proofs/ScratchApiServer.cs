using System.Diagnostics;
using System.Net;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.Manifests;
using Ballast.Admin.Pki;
using Ballast.Client;

namespace Ballast.Admin.Backups.Proofs;

/// <summary>
/// A kube-apiserver for oneself on a <see cref="ScratchEtcd"/>: this program as a child, on loopback alone, with a PKI of its own and the flags that a control plane's has.
/// Disposing of it ends the process and removes its folder; where this process dies without, both go as well.
/// </summary>
internal sealed class ScratchApiServer : IAsyncDisposable
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    /// <summary>Runs the server until it ends or a line comes on standard input. Where that ends without, the other side has died: its folder goes too.</summary>
    private const string Guarded = """
        folder=$1; shift
        exec 3<&0
        "$@" </dev/null 3<&- >server.log 2>&1 &
        server=$!
        exec 2>/dev/null
        { read -r _ || rm -rf "$folder"; kill -KILL "$server"; } <&3 &
        exec 3<&-
        wait "$server"
        """;

    private readonly string _folder;
    private readonly TimeProvider _time;
    private Process? _process;
    private ApiClient? _client;

    private ScratchApiServer(string folder, TimeProvider time) => (_folder, _time) = (folder, time);

    /// <summary>An administrator's client, which goes with it.</summary>
    public ApiClient Client => _client ?? throw new InvalidOperationException("the scratch API server does not run");

    private HostPaths Paths => new(_folder);

    /// <summary>Ends when it is ready.</summary>
    /// <param name="program">Full path of the ballast executable.</param>
    /// <param name="etcd">Its store.</param>
    /// <param name="prefix">Where in it the objects are.</param>
    /// <param name="parent">The folder to make its own folder in.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Gives up, and leaves nothing.</param>
    /// <exception cref="ClusterException">It ends, or is not ready in time.</exception>
    public static async Task<ScratchApiServer> StartAsync(string program, ScratchEtcd etcd, string prefix, string parent, TimeProvider time, CancellationToken cancel)
    {
        var folder = Path.Combine(Path.GetFullPath(parent), $"apiserver-scratch-{Guid.NewGuid():N}");
        AtomicFile.Folder(folder);
        var scratch = new ScratchApiServer(folder, time);
        try
        {
            await scratch.StartAsync(program, etcd, prefix, cancel);
            return scratch;
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null)
            await StopAsync(_process);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StopAsync(Process process)
    {
        using var limit = new CancellationTokenSource(StopPatience, _time);
        try
        {
            await process.StandardInput.WriteLineAsync("stop");
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
        }
        catch (Exception notYet) when (notYet is IOException or OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        process.Dispose();
    }

    private async Task StartAsync(string program, ScratchEtcd etcd, string prefix, CancellationToken cancel)
    {
        var port = LoopbackPort.Free();
        var names = new PkiNames("scratch", IPAddress.Loopback) { FirstServiceAddress = IPAddress.Parse("10.96.0.1") };
        var pki = new ControlPlanePki(Paths, KeyAlgorithm.EcdsaP256, _time);
        pki.EnsureShared();
        pki.EnsureApiServer(names);
        using (var ca = pki.ClusterCa())
        {
            new Kubeconfig($"https://127.0.0.1:{port}", "scratch", "scratch").Ensure(Paths.Kubeconfig("admin.conf"), ca.CertificatePem,
                () => ca.Issue(new CertificateSpec("scratch") { Client = true, Organizations = ["system:masters"] }, KeyAlgorithm.EcdsaP256, _time));
        }
        var command = new ControlPlaneManifests(Paths, "scratch", IPAddress.Loopback, BallastVersion.Text).KubeApiServer([etcd.Endpoint.OriginalString], ClusterSpec.ServiceRange).With(
        [
            new("secure-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new("etcd-cafile", etcd.Tls.CaFile),
            new("etcd-certfile", etcd.Tls.CertFile),
            new("etcd-keyfile", etcd.Tls.KeyFile),
            new("etcd-prefix", prefix),
            new("shutdown-delay-duration", "0s"),
        ]).Command;
        // A session of its own: the terminal's interrupt is for the command, which ends it in its way.
        _process = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Guarded, "sh", _folder, program, .. command]) { WorkingDirectory = _folder, RedirectStandardInput = true })
            ?? throw new InvalidOperationException("setsid did not start");
        await ReadyAsync(port, cancel);
        _client = ClientFactory.Create(Paths.Kubeconfig("admin.conf"), "ballast");
    }

    private async Task ReadyAsync(int port, CancellationToken cancel)
    {
        using var http = ClusterReadiness.TrustingClient(Paths.Pki("ca.crt"));
        for (var start = _time.GetTimestamp(); !_process!.HasExited && _time.GetElapsedTime(start) < StartPatience;)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"https://127.0.0.1:{port}/readyz"), cancel);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // Not yet.
            }
            await Task.Delay(PollEvery, _time, cancel);
        }
        throw new ClusterException($"a kube-apiserver does not become ready with what was restored: {LogTail()}");
    }

    private string LogTail() => File.Exists(Path.Combine(_folder, "server.log")) ? string.Join(' ', File.ReadLines(Path.Combine(_folder, "server.log")).TakeLast(3)) : "it said nothing";
}
