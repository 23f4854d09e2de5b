using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ballast.Testing.S3;

/// <summary>A real server of S3's protocol on a free loopback port, with one bucket. Disposing ends it and removes what it holds.</summary>
public sealed partial class S3Server : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private S3Server(Process process, DirectoryInfo folder, Uri address) => (_process, _folder, Address) = (process, folder, address);

    public Uri Address { get; }

    public Uri Bucket => new(Address, "backups");

    /// <summary>A file in the form of AWS's tools.</summary>
    public string Credentials => Path.Combine(_folder.FullName, "credentials");

    public static async Task<S3Server> StartAsync()
    {
        var program = await ProgramAsync();
        var folder = Directory.CreateTempSubdirectory("ballast-s3-");
        var process = Process.Start(new ProcessStartInfo("node", [program, "-d", Path.Combine(folder.FullName, "data"), "-a", "127.0.0.1", "-p", "0", "--no-vhost-buckets", "--configure-bucket", "backups"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var server = new S3Server(process, folder, new Uri($"http://127.0.0.1:{await PortAsync(process)}/"));
        await File.WriteAllTextAsync(server.Credentials, "[default]\naws_access_key_id = S3RVER\naws_secret_access_key = S3RVER\n");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<string> PortAsync(Process process)
    {
        using var limit = new CancellationTokenSource(StartTimeout);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
            {
                // What it says later has to go somewhere.
                process.BeginErrorReadLine();
                _ = process.StandardOutput.ReadToEndAsync();
                return match.Groups[1].Value;
            }
        }
        throw new InvalidOperationException($"the S3 server did not start: {await process.StandardError.ReadToEndAsync(limit.Token)}");
    }

    /// <summary>Installs it where it is missing.</summary>
    private static async Task<string> ProgramAsync()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "eng/s3-server")))
            folder = folder.Parent ?? throw new InvalidOperationException("eng/s3-server is not found: run the tests from the repository");
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(folder.FullName, "eng/s3-server")) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        return script.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException(await error);
    }

    [GeneratedRegex(@"listening on \S+:(\d+)")]
    private static partial Regex Listening();
}
