using System.Security.Cryptography;
using Ballast.Admin.Backups;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Tests.Backups;

/// <summary>What backups are made of, in tests.</summary>
internal static class TestBackups
{
    /// <summary>A new key in a file.</summary>
    public static BackupKey Key(string folder)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.key");
        File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return BackupKey.Read(path);
    }

    /// <summary>A control plane's root folder with a PKI.</summary>
    public static HostPaths Host(string folder)
    {
        var host = new HostPaths(Path.Combine(folder, "host"));
        new ControlPlanePki(host, KeyAlgorithm.EcdsaP256, TimeProvider.System).EnsureShared();
        return host;
    }
}
