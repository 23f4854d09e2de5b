using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>A Deployment and its ReplicaSets as of one sync.</summary>
/// <param name="Deployment">As last read or written.</param>
/// <param name="Newest">The ReplicaSet of the current template; null where there is none yet.</param>
/// <param name="Old">The others, the oldest first.</param>
internal sealed record Family(V1Deployment Deployment, V1ReplicaSet? Newest, IReadOnlyList<V1ReplicaSet> Old)
{
    public IReadOnlyList<V1ReplicaSet> All => Newest is null ? Old : [.. Old, Newest];

    public IReadOnlyList<V1ReplicaSet> ActiveOld => [.. Old.Where(s => s.Size > 0)];

    public IReadOnlyList<V1ReplicaSet> Active => [.. All.Where(s => s.Size > 0)];

    public static Family Of(V1Deployment deployment, IEnumerable<V1ReplicaSet> sets)
    {
        var ordered = sets.OrderBy(s => s.Metadata.CreationTimestamp).ThenBy(s => s.Metadata.Name, StringComparer.Ordinal).ToList();
        // Two of the same template can only come from outside; the oldest then counts, on every server.
        var newest = ordered.FirstOrDefault(s => PodTemplates.AreSame(s.Spec.Template, deployment.Spec.Template));
        return new(deployment, newest, [.. ordered.Where(s => !ReferenceEquals(s, newest))]);
    }
}
