using Ballast.ApiMachinery.Selectors;
using Ballast.Client;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Ownership;

/// <summary>
/// Keeps a controller's dependents those that its selector selects: adopts matching orphans, releases dependents that no longer match.
/// </summary>
/// <param name="dependents">The dependents' verbs.</param>
/// <param name="freshOwner">Reads the owner anew, before the first adoption: one that is being deleted, or is another by now, must not adopt.</param>
public sealed class Claims<T>(ResourceClient<T> dependents, Func<CancellationToken, Task<IKubernetesObject<V1ObjectMeta>?>> freshOwner)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private bool? _mayAdopt;

    /// <returns>Those of <paramref name="candidates"/> that are the owner's, after adoptions and releases.</returns>
    public async Task<List<T>> ClaimAsync(IKubernetesObject<V1ObjectMeta> owner, LabelSelector selector, IEnumerable<T> candidates, CancellationToken cancel)
    {
        var claimed = new List<T>();
        foreach (var candidate in candidates)
        {
            var matches = selector.Matches(candidate.Metadata.Labels);
            var controller = candidate.Metadata.ControllerReference;
            if (controller is not null)
            {
                if (controller.Uid != owner.Metadata.Uid)
                    continue;
                if (matches)
                    claimed.Add(candidate);
                else if (owner.Metadata.DeletionTimestamp is null)
                    await ReleaseAsync(owner, candidate, cancel);
            }
            else if (matches && owner.Metadata.DeletionTimestamp is null && candidate.Metadata.DeletionTimestamp is null
                && await MayAdoptAsync(owner, cancel) && await AdoptAsync(owner, candidate, cancel) is { } adopted)
            {
                claimed.Add(adopted);
            }
        }
        return claimed;
    }

    private async Task<bool> MayAdoptAsync(IKubernetesObject<V1ObjectMeta> owner, CancellationToken cancel) =>
        _mayAdopt ??= await freshOwner(cancel) is { } fresh && fresh.Metadata.Uid == owner.Metadata.Uid && fresh.Metadata.DeletionTimestamp is null;

    private Task<T?> AdoptAsync(IKubernetesObject<V1ObjectMeta> owner, T candidate, CancellationToken cancel) =>
        SetOwnersAsync(candidate, [.. candidate.Metadata.OwnerReferences ?? [], owner.NewControllerReference()], cancel);

    private Task<T?> ReleaseAsync(IKubernetesObject<V1ObjectMeta> owner, T candidate, CancellationToken cancel) =>
        SetOwnersAsync(candidate, [.. (candidate.Metadata.OwnerReferences ?? []).Where(o => o.Uid != owner.Metadata.Uid)], cancel);

    /// <summary>Null where the object is gone or is another by now; then there is nothing to claim.</summary>
    private async Task<T?> SetOwnersAsync(T candidate, V1OwnerReference[] owners, CancellationToken cancel)
    {
        var metadata = candidate.Metadata;
        try
        {
            // The resourceVersion makes the whole list safe to write: it is the list that was read.
            return await dependents.MergePatchAsync(metadata.NamespaceProperty, metadata.Name,
                new { metadata = new { uid = metadata.Uid, resourceVersion = metadata.ResourceVersion, ownerReferences = owners } }, cancel);
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.IsInvalid)
        {
            return null;
        }
    }
}
