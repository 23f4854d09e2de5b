using Ballast.Admin.Tokens;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>The CA that hosts find that are to join: in the ConfigMap <c>kube-public/cluster-info</c>.</summary>
internal static class PublishedAuthority
{
    /// <summary>Where it is published at all.</summary>
    public static async Task FollowAsync(ApiClient api, NewAuthorities next, RotationStage stage, CancellationToken cancel)
    {
        var maps = api.Resources<V1ConfigMap>();
        if (await maps.FindAsync(ClusterInfo.Namespace, ClusterInfo.Name, cancel) is not { } map || map.Data?.TryGetValue(ClusterInfo.ContentKey, out var content) != true)
            return;
        var info = ClusterInfo.Parse(content!);
        var wanted = (info with { CaPem = next.Bundle(info.CaPem, stage, "ca") }).Render();
        // A patch of this key alone: the controller that signs it writes to the others.
        if (wanted != content)
            await maps.MergePatchAsync(ClusterInfo.Namespace, ClusterInfo.Name, new { data = new Dictionary<string, string> { [ClusterInfo.ContentKey] = wanted } }, cancel);
    }
}
