using k8s.Models;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>A host of a cluster in a rotation.</summary>
/// <param name="Name">Its node's.</param>
/// <param name="IsControlPlane">Whether it has the CAs' keys.</param>
/// <param name="Done">The last stage that it has done; null for none.</param>
public sealed record RotationHost(string Name, bool IsControlPlane, RotationStage? Done)
{
    private const string ControlPlaneLabel = "node-role.kubernetes.io/control-plane";

    /// <summary>The stage that it has to do; null where it has done all.</summary>
    public RotationStage? Next => Done switch
    {
        null => RotationStage.AcceptBoth,
        RotationStage.DropOld => null,
        var done => done + 1,
    };

    /// <summary>What a node says of itself.</summary>
    /// <param name="node">The node.</param>
    /// <param name="id">Of the rotation; what a node has done in another one says nothing.</param>
    public static RotationHost Of(V1Node node, string id)
    {
        var said = node.Metadata.Annotations?.TryGetValue(RotationRecord.DoneAnnotation, out var done) == true ? done.Split('.') : [];
        return new(node.Metadata.Name, node.Metadata.Labels?.ContainsKey(ControlPlaneLabel) == true, said is [var rotation, var stage] && rotation == id ? RotationStages.Find(stage) : null);
    }

    /// <summary>As the node says it: <c>20261127T120000Z.reissue</c>.</summary>
    public static string Said(string id, RotationStage done) => $"{id}.{done.Name}";

    /// <summary>Whether this host, before it does its next stage, has to wait for another one.</summary>
    public bool WaitsFor(RotationHost other) => other.Name != Name && (Next switch
    {
        null => other.Next is not null,
        RotationStage.AcceptBoth => false,
        // Control planes sign for the others: with the new CA when all of them have it.
        RotationStage.Reissue when !IsControlPlane && other.IsControlPlane => other.Done is null or RotationStage.AcceptBoth,
        var next => other.Done is null || other.Done < next - 1,
    });
}

/// <summary>How far the hosts of a cluster are.</summary>
/// <param name="Hosts">All nodes that there are now.</param>
public sealed record RotationProgress(IReadOnlyList<RotationHost> Hosts)
{
    /// <summary>The first stage that not all have done; null where all have done all.</summary>
    public RotationStage? Current => Hosts.Select(h => h.Next).Min();

    /// <summary>Those that have to do <see cref="Current"/>, in the order that suits it: control planes first, but that the last of all, which clears up, has to be one.</summary>
    public IReadOnlyList<RotationHost> Left =>
        [.. Hosts.Where(h => Current is not null && h.Next == Current).OrderBy(h => h.IsControlPlane == (Current == RotationStage.DropOld)).ThenBy(h => h.Name, StringComparer.Ordinal)];

    /// <summary>Whom a host has to wait for before it does its next stage.</summary>
    public IReadOnlyList<RotationHost> WaitedForBy(RotationHost host) => [.. Hosts.Where(host.WaitsFor)];
}
