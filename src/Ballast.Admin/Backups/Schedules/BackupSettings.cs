using System.Globalization;
using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;
using Ballast.Admin.Upgrades;
using k8s.Models;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>What scheduled backups are asked for; on each control plane it is the manifest of its backup-controller, and the files that this names.</summary>
/// <param name="Schedule">As <see cref="BackupSchedule"/> takes it.</param>
/// <param name="Keep">How many backups are kept.</param>
/// <param name="Target">As <see cref="Targets.BackupTarget"/> takes it.</param>
public sealed record BackupSettings(string Schedule, int Keep, string Target)
{
    public const string Component = "backup-controller";

    /// <summary>What the backup-controller reaches the API with; its certificate is renewed as the others of the host are.</summary>
    public const string Kubeconfig = "backup-controller.conf";

    /// <summary>Who the backup-controller is to the API.</summary>
    public static CertificateSpec User { get; } = new("ballast:backup-controller") { Client = true };

    /// <summary>Whether the target is a folder, and needs no credentials.</summary>
    public bool IsFolder => Path.IsPathRooted(Target);

    /// <summary>The settings of a control plane; null where backups are not scheduled.</summary>
    public static BackupSettings? Find(HostPaths host) => File.Exists(host.Manifest(Component)) ? Of(ManifestDifference.Parse(File.ReadAllText(host.Manifest(Component)))) : null;

    /// <summary>The settings of a backup-controller, given its manifest.</summary>
    internal static BackupSettings Of(V1Pod pod) => new(
        ManifestDifference.FlagOf(pod, "schedule") ?? "", int.Parse(ManifestDifference.FlagOf(pod, "keep") ?? "", CultureInfo.InvariantCulture), ManifestDifference.FlagOf(pod, "target") ?? "");

    /// <summary>Tries what is given, and makes the folder that is the target.</summary>
    /// <exception cref="ClusterException">Something of it cannot be used.</exception>
    public void Check(string keyFile, string? s3Credentials)
    {
        BackupKey.Read(keyFile);
        BackupTarget.Open(Target, s3Credentials).Dispose();
        if (IsFolder)
            AtomicFile.Folder(Target);
    }

    /// <summary>The operator's key on a control plane.</summary>
    public static string KeyOn(HostPaths host) => Path.Combine(host.Kubernetes, "backup/key");

    /// <summary>The S3 credentials on a control plane.</summary>
    public static string S3CredentialsOn(HostPaths host) => Path.Combine(host.Kubernetes, "backup/s3-credentials");

    /// <summary>Null where it is not there.</summary>
    internal static string? Existing(string file) => File.Exists(file) ? file : null;

    /// <summary>Makes a control plane run a backup-controller with these settings, or the one that it runs start anew with them.</summary>
    /// <param name="host">The control plane's files.</param>
    /// <param name="files">What makes them.</param>
    /// <param name="etcdUrls">The client URL of every member.</param>
    /// <param name="key">The text of the operator's key.</param>
    /// <param name="s3Credentials">The text of the S3 credentials; null for a folder.</param>
    /// <returns>False where it was so already.</returns>
    public bool Apply(HostPaths host, HostFiles files, IReadOnlyList<string> etcdUrls, string key, string? s3Credentials)
    {
        var manifest = files.BackupControllerPod(this, etcdUrls, s3Credentials is not null).Render();
        var changed = Write(KeyOn(host), key);
        if (s3Credentials is not null)
            changed |= Write(S3CredentialsOn(host), s3Credentials);
        files.BackupControllerKubeconfig();
        // The manifest last: what it names is there by then.
        return changed | Write(host.Manifest(Component), manifest);
    }

    /// <summary>Ends the backup-controller of a control plane; backups that were taken stay.</summary>
    /// <returns>False where there was none.</returns>
    public static bool Remove(HostPaths host)
    {
        var was = File.Exists(host.Manifest(Component));
        File.Delete(host.Manifest(Component));
        if (Directory.Exists(Path.GetDirectoryName(KeyOn(host))))
            Directory.Delete(Path.GetDirectoryName(KeyOn(host))!, recursive: true);
        File.Delete(host.Kubeconfig(Kubeconfig));
        return was;
    }

    private static bool Write(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path) == text)
            return false;
        AtomicFile.Write(path, text, AtomicFile.Secret);
        return true;
    }
}
