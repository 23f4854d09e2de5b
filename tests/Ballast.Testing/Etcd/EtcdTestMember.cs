using System.Diagnostics;
using System.Globalization;

namespace Ballast.Testing.Etcd;

/// <summary>One etcd process that a test may hurt.</summary>
public sealed class EtcdTestMember
{
    private const string Executable = "/usr/bin/etcd";

    private readonly string _folder;
    private readonly EtcdCertificates? _certificates;
    private Process? _process;

    internal EtcdTestMember(string name, string folder, Uri clientUrl, Uri peerUrl, EtcdCertificates? certificates)
    {
        Name = name;
        ClientUrl = clientUrl;
        PeerUrl = peerUrl;
        _folder = folder;
        _certificates = certificates;
    }

    public string Name { get; }

    public Uri ClientUrl { get; }

    public Uri PeerUrl { get; }

    public string DataFolder => Path.Combine(_folder, Name);

    public bool IsRunning => _process is { HasExited: false };

    internal string InitialCluster { get; set; } = "";

    private string LogFile => Path.Combine(_folder, Name + ".log");

    /// <summary>Starts the process, with the data it had. Does not wait until it answers.</summary>
    public void Start()
    {
        if (IsRunning)
            return;
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        // exec: the process we hold is etcd itself.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$0\" \"$@\" >>\"$LOG_FILE\" 2>&1 </dev/null");
        start.ArgumentList.Add(Executable);
        start.Environment["LOG_FILE"] = LogFile;
        foreach (var argument in Arguments())
            start.ArgumentList.Add(argument);
        _process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {Executable}");
    }

    private IEnumerable<string> Arguments()
    {
        yield return $"--name={Name}";
        yield return $"--data-dir={DataFolder}";
        yield return $"--listen-client-urls={ClientUrl.OriginalString}";
        yield return $"--advertise-client-urls={ClientUrl.OriginalString}";
        yield return $"--listen-peer-urls={PeerUrl.OriginalString}";
        yield return $"--initial-advertise-peer-urls={PeerUrl.OriginalString}";
        yield return $"--initial-cluster={InitialCluster}";
        yield return "--initial-cluster-state=new";
        yield return "--logger=zap";
        yield return "--log-level=warn";
        if (_certificates is null)
            yield break;
        yield return "--client-cert-auth";
        yield return $"--trusted-ca-file={_certificates.Client.CaFile}";
        yield return $"--cert-file={_certificates.ServerCertFile}";
        yield return $"--key-file={_certificates.ServerKeyFile}";
    }

    /// <summary>SIGTERM, and waits for its end.</summary>
    public async Task StopAsync()
    {
        if (!IsRunning)
            return;
        await SignalAsync("TERM");
        await _process!.WaitForExitAsync();
    }

    /// <summary>SIGKILL, and waits for its end.</summary>
    public async Task KillAsync()
    {
        if (!IsRunning)
            return;
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: the member hangs, its connections stay open.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    internal string LogTail() => File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(5)) : "";

    private async Task SignalAsync(string signal)
    {
        var process = _process ?? throw new InvalidOperationException($"{Name} was not started");
        using var kill = Process.Start("/bin/kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
