using Ballast.Admin.Files;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Rollouts;

/// <summary>
/// The last manifest of each component that was seen well, beside kubeadm's other temporary files: what goes back when a new one does not get healthy, also
/// when whoever wrote the new one has died.
/// </summary>
internal sealed class ManifestBackups(HostPaths paths)
{
    public string Folder => Path.Combine(paths.Kubernetes, "tmp/kubeadm-backup-manifests");

    public void Keep(string component, string manifest) => AtomicFile.Write(FileOf(component), manifest, AtomicFile.Secret);

    /// <summary>Null where none was kept.</summary>
    public string? Find(string component) => File.Exists(FileOf(component)) ? File.ReadAllText(FileOf(component)) : null;

    private string FileOf(string component) => Path.Combine(Folder, component + ".yaml");
}
