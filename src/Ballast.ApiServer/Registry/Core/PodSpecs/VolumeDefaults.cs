using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Core;

internal static class VolumeDefaults
{
    private const int ReadableByAll = 0b110_100_100; // 0644

    public static void Apply(JsonObject volume)
    {
        if (!volume.Any(f => f.Key != "name" && f.Value is not null))
            volume["emptyDir"] = new JsonObject();
        foreach (var source in (ReadOnlySpan<string>)["secret", "configMap", "downwardAPI", "projected"])
            volume.Object(source)?.SetDefault("defaultMode", ReadableByAll);
        volume.Object("hostPath")?.SetDefault("type", "");
        foreach (var source in volume.Objects("projected", "sources"))
        {
            source.Object("serviceAccountToken")?.SetDefault("expirationSeconds", 3600);
            ApplyToItems(source.Objects("downwardAPI", "items"));
        }
        ApplyToItems(volume.Objects("downwardAPI", "items"));
        volume.Object("ephemeral", "volumeClaimTemplate", "spec")?.SetDefault("volumeMode", "Filesystem");
        ApplyToNetworkVolumes(volume);
    }

    private static void ApplyToItems(IEnumerable<JsonObject> items)
    {
        foreach (var item in items)
            item.Object("fieldRef")?.SetDefault("apiVersion", "v1");
    }

    private static void ApplyToNetworkVolumes(JsonObject volume)
    {
        volume.Object("iscsi")?.SetDefault("iscsiInterface", "default");
        if (volume.Object("rbd") is { } rbd)
        {
            rbd.SetDefault("pool", "rbd");
            rbd.SetDefault("user", "admin");
            rbd.SetDefault("keyring", "/etc/ceph/keyring");
        }
        if (volume.Object("azureDisk") is { } disk)
        {
            disk.SetDefault("cachingMode", "ReadWrite");
            disk.SetDefault("kind", "Shared");
            disk.SetDefault("fsType", "ext4");
            disk.SetDefault("readOnly", false);
        }
        if (volume.Object("scaleIO") is { } scaleIo)
        {
            scaleIo.SetDefault("storageMode", "ThinProvisioned");
            scaleIo.SetDefault("fsType", "xfs");
        }
    }
}
