using System.Diagnostics;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Prerequisites;

/// <summary>The parts that come from Debian: looks whether they are there and, as root, installs what is missing.</summary>
/// <param name="say">Told what is being installed.</param>
public sealed class DebianPackages(Action<string> say)
{
    private const string PolicyFile = "/usr/sbin/policy-rc.d";

    /// <summary>The program that shows that a package is there.</summary>
    private static readonly IReadOnlyDictionary<string, string> Programs = new Dictionary<string, string>
    {
        ["etcd-server"] = "etcd",
        ["etcd-client"] = "etcdctl",
        ["kubernetes-client"] = "kubectl",
        ["haproxy"] = "haproxy",
        ["keepalived"] = "keepalived",
        ["iproute2"] = "ip",
        ["procps"] = "ps",
        ["systemd"] = "systemctl",
    };

    /// <summary>The service that a package brings.</summary>
    private static readonly IReadOnlyDictionary<string, string> Services = new Dictionary<string, string>
    {
        ["etcd-server"] = "etcd",
        ["haproxy"] = "haproxy",
        ["keepalived"] = "keepalived",
    };

    /// <exception cref="ClusterException">Something is missing and cannot be installed here; names the command that would.</exception>
    public async Task EnsureAsync(IReadOnlyList<string> packages, CancellationToken cancel)
    {
        var missing = packages.Where(p => Find(Programs.GetValueOrDefault(p, p)) is null).ToArray();
        if (missing.Length == 0)
            return;
        var command = $"apt-get install -y --no-install-recommends {string.Join(' ', missing)}";
        if (Find("apt-get") is null)
            throw new ClusterException($"missing on this machine: {string.Join(", ", missing.Select(m => Programs.GetValueOrDefault(m, m)))}; install them and try again");
        if (!Environment.IsPrivilegedProcess)
            throw new ClusterException($"missing on this machine: {string.Join(", ", missing)}") { Hint = $"sudo {command}" };
        say($"Installing {string.Join(", ", missing)} from Debian");
        await InstallAsync(missing, command, cancel);
    }

    /// <summary>The program's full path, or null where PATH does not have it.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Append("/usr/sbin").Append("/sbin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task InstallAsync(string[] packages, string command, CancellationToken cancel)
    {
        // Debian starts a service as soon as it is installed; Ballast starts its own. The policy is taken back at once.
        var policy = !File.Exists(PolicyFile);
        if (policy)
        {
            await File.WriteAllTextAsync(PolicyFile, "#!/bin/sh\nexit 101\n", cancel);
            File.SetUnixFileMode(PolicyFile, (UnixFileMode)0b111_101_101);
        }
        try
        {
            if (await RunAsync("apt-get", ["install", "-y", "--no-install-recommends", .. packages], cancel) is { } first)
            {
                // The package lists may be old or missing.
                if (await RunAsync("apt-get", ["update"], cancel) is { } update)
                    throw new ClusterException($"apt-get update failed: {update}") { Hint = command };
                if (await RunAsync("apt-get", ["install", "-y", "--no-install-recommends", .. packages], cancel) is { } second)
                    throw new ClusterException($"{command} failed: {second}");
            }
        }
        finally
        {
            if (policy)
                File.Delete(PolicyFile);
        }
        await DisableServicesAsync(packages, cancel);
    }

    /// <summary>Nor does systemd start them with the machine.</summary>
    private static async Task DisableServicesAsync(string[] packages, CancellationToken cancel)
    {
        foreach (var service in packages.Where(Services.ContainsKey).Select(p => Services[p]).Where(s => File.Exists($"/lib/systemd/system/{s}.service")))
        {
            if (Find("systemctl") is null || await RunAsync("systemctl", ["disable", service], cancel) is not { } failure)
                continue;
            throw new ClusterException($"systemctl disable {service} failed: {failure}");
        }
    }

    /// <summary>Null on success, else the program's last line.</summary>
    private static async Task<string?> RunAsync(string program, string[] arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0 ? null : ((await errors) + (await output)).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "no message";
    }
}
