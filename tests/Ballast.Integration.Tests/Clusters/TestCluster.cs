using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>
/// A cluster of real processes, made by the built program as a user makes it: <c>ballast up</c> in a folder of its own. Whatever a test does to it, disposing of it
/// ends every process.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly string _folder;

    private TestCluster(string folder, string name) => (_folder, Name) = (folder, name);

    public string Name { get; }

    /// <summary><c>--data-dir</c>.</summary>
    public string DataDirectory => _folder;

    public string Kubeconfig { get; private set; } = "";

    /// <summary>The built program.</summary>
    public static string Program { get; } = FindProgram();

    public static async Task<TestCluster> UpAsync(params string[] options)
    {
        var cluster = new TestCluster(Directory.CreateTempSubdirectory("ballast-it-").FullName, $"t{Random.Shared.Next(10000):0000}");
        try
        {
            await cluster.UpAgainAsync(options);
            cluster.Kubeconfig = (await cluster.BallastAsync("kubeconfig")).MustSucceed().Output.Trim();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task<ShellResult> UpAgainAsync(params string[] options) =>
        (await Shell.RunAsync(Program, ["up", .. Selection, "--wait", "120s", .. options], limit: TimeSpan.FromSeconds(180))).MustSucceed();

    /// <summary><c>ballast COMMAND --name … --data-dir …</c>.</summary>
    public Task<ShellResult> BallastAsync(params string[] arguments) => Shell.RunAsync(Program, [.. arguments, .. Selection], limit: TimeSpan.FromSeconds(90));

    /// <summary>As above, for what takes longer.</summary>
    public Task<ShellResult> BallastAsync(TimeSpan limit, params string[] arguments) => Shell.RunAsync(Program, [.. arguments, .. Selection], limit: limit);

    /// <summary>Starts a command and kills it (SIGKILL) when the time is over.</summary>
    public async Task BallastKilledAfterAsync(TimeSpan time, params string[] arguments)
    {
        var killed = await Shell.RunAsync("timeout", ["--signal=KILL", time.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture), Program, .. arguments, .. Selection], limit: time + TimeSpan.FromSeconds(20));
        if (killed.Code == 0)
            throw new InvalidOperationException($"it was over before it was killed:\n{killed.Error}");
    }

    /// <summary>Starts a command and kills it (SIGKILL) at the moment that is given. False where it had ended before, and not been killed.</summary>
    public async Task<bool> BallastKilledWhenAsync(Task moment, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, [.. arguments, .. Selection]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(moment, ended);
        await first;
        if (first == moment)
            process.Kill();
        await ended;
        return process.ExitCode == 128 + 9 || (process.ExitCode == 0 ? false : throw new InvalidOperationException($"ended with {process.ExitCode}:\n{string.Concat(await said)}"));
    }

    /// <summary>Runs kubectl as the administrator.</summary>
    public Task<ShellResult> TryKubectlAsync(params string[] arguments) => KubectlAsync(arguments, input: null);

    /// <summary>Runs kubectl, which must succeed; returns its output.</summary>
    public async Task<string> KubectlAsync(params string[] arguments) => (await KubectlAsync(arguments, input: null)).MustSucceed().Output;

    /// <summary>Runs kubectl with a manifest on its standard input, which must succeed.</summary>
    public async Task<string> KubectlWithAsync(string input, params string[] arguments) => (await KubectlAsync(arguments, input)).MustSucceed().Output;

    public async Task<ShellResult> EtcdctlAsync(params string[] arguments)
    {
        var pki = Path.Combine(HostFolder("control-plane-1"), "etc/kubernetes/pki/etcd");
        var status = await StatusAsync();
        var endpoints = string.Join(',', status["etcd"]!.AsArray().Select(m => (string)m!["endpoint"]!));
        return await Shell.RunAsync("etcdctl",
            [$"--endpoints={endpoints}", $"--cacert={pki}/ca.crt", $"--cert={pki}/server.crt", $"--key={pki}/server.key", .. arguments],
            new Dictionary<string, string> { ["ETCDCTL_API"] = "3" });
    }

    public async Task<JsonObject> StatusAsync() => JsonNode.Parse((await BallastAsync("status", "-o", "json")).Output)!.AsObject();

    /// <summary>The host of a lease's holder: <c>kube-scheduler</c> → <c>control-plane-2</c>.</summary>
    public async Task<string> LeaderHostAsync(string lease)
    {
        var holder = await EventuallyAsync(async () =>
        {
            var identity = await KubectlAsync("get", "lease", lease, "-n", "kube-system", "-o", "jsonpath={.spec.holderIdentity}");
            return identity.Length > 0 ? identity : null;
        }, TimeSpan.FromSeconds(20), $"somebody holds the lease {lease}");
        return holder[..holder.IndexOf('_', StringComparison.Ordinal)];
    }

    public string HostsFolder => Path.Combine(_folder, Name, "hosts");

    public string HostFolder(string host) => Path.Combine(HostsFolder, host);

    /// <summary>Asks again and again until there is an answer; fails with what was waited for.</summary>
    public static async Task<T> EventuallyAsync<T>(Func<Task<T?>> ask, TimeSpan within, string what)
        where T : class
    {
        var start = Stopwatch.StartNew();
        Exception? last = null;
        while (start.Elapsed < within)
        {
            try
            {
                if (await ask() is { } answer)
                    return answer;
            }
            catch (InvalidOperationException failed)
            {
                last = failed;
            }
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"not seen within {within.TotalSeconds:0} s: {what}", last);
    }

    public static Task EventuallyAsync(Func<Task<bool>> ask, TimeSpan within, string what) =>
        EventuallyAsync(async () => await ask() ? "" : null, within, what);

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync(Program, ["down", .. Selection], limit: TimeSpan.FromSeconds(90));
        Directory.Delete(_folder, recursive: true);
    }

    private string[] Selection => ["--name", Name, "--data-dir", _folder];

    private Task<ShellResult> KubectlAsync(string[] arguments, string? input) =>
        Shell.RunAsync("kubectl", arguments, new Dictionary<string, string> { ["KUBECONFIG"] = Kubeconfig, ["HOME"] = _folder }, input, TimeSpan.FromSeconds(150));

    private static string FindProgram()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var program = Path.Combine(folder.FullName, "out/ballast/ballast");
            if (File.Exists(program))
                return new FileInfo(program) is var file && Directory.ResolveLinkTarget(Path.GetDirectoryName(program)!, true) is { } build ? Path.Combine(build.FullName, file.Name) : program;
        }
        throw new InvalidOperationException("the program is not built: run the tests with ./ballast test");
    }
}
